"""Which encoding the bytes of a text are in, and whether they are text at all.

A mark or valid UTF-8 decides at once. For the Chinese encodings two facts about their bytes decide, which stay sure on
a few lines of verse, where statistics of a language are not; charset-normalizer names the rest.
"""

from __future__ import annotations

import codecs
import re

from memory.errors import WorkRefused

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x06\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01
"""Share of control characters from which bytes are no text."""
_SAMPLE = 65_536
"""Bytes by which an encoding is told."""
_USUAL = re.compile(
    r"[\t\n\r\f -~\u00a0-\u024f\u0370-\u052f\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
_OTHERS = (
    "cp1251", "koi8_r", "cp1253", "cp1250", "cp1254", "cp1255", "cp1256", "shift_jis", "cp932", "euc_jp", "euc_kr",
    "cp949", "cp1252",
)  # fmt: skip
_LEVEL_1 = range(0xA4, 0xC7)
"""First bytes of the 5,401 frequent characters of Big5."""


def decode(data: bytes) -> str:
    """Return the text of `data`: Unicode with or without a mark, GB 18030, Big5, Windows-1252, or what is detected.

    Raises:
        WorkRefused: the bytes are not text, or in an encoding that cannot be told.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_decoded(data, encoding))
    if b"\0" in data:
        return _checked(_unmarked_utf16(data))
    text = _decoded(data, "utf-8")
    for encoding, fits in (("big5hkscs", _looks_big5), ("gb18030", _looks_gb)):
        if text is None and fits(data):
            text = _decoded(data, encoding)
    if text is None:
        text = _decoded(data, _western_or_other(data[:_SAMPLE]))
    return _checked(text)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark. A zero byte in plain ASCII is no text, though pairs of letters look Chinese."""
    sample = data[: _SAMPLE // 2 * 2]
    zeros = sample.count(0)
    plain = sum(byte == 10 or 32 <= byte < 127 for byte in sample)
    if plain > 0.9 * (len(sample) - zeros) and zeros < 0.3 * len(sample):
        return None
    shares = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        if text := sample.decode(encoding, "ignore"):
            shares[encoding] = len(_USUAL.findall(text)) / len(text)
    best = max(shares, key=lambda encoding: shares[encoding], default="")
    return _decoded(data, best) if best and shares[best] >= 0.97 else None


def _pairs(data: bytes) -> list[tuple[int, int]]:
    """The two-byte characters, as every double-byte encoding of Chinese divides them."""
    pairs, at, sample = [], 0, data[:_SAMPLE]
    while at < len(sample) - 1:
        if sample[at] < 0x80:
            at += 1
            continue
        pairs.append((sample[at], sample[at + 1]))
        at += 2
    return pairs


def _looks_big5(data: bytes) -> bool:
    """Whether frequent characters of Big5 prevail, with second bytes below 0x7F, which GB 2312 never has.

    Big5 has them in two characters of five. Traditional characters in GBK begin with 0x81 to 0xA0, which is no Big5.
    """
    if _decoded(data, "big5hkscs") is None or not (pairs := _pairs(data)):
        return False
    low = sum(second < 0x7F for _, second in pairs)
    usual = sum(first in _LEVEL_1 or first in (0xA1, 0xA2, 0xA3) for first, _ in pairs)
    return low >= 0.15 * len(pairs) and usual >= 0.85 * len(pairs)


def _looks_gb(data: bytes) -> bool:
    """Whether most two-byte pairs lie in GB 2312's own rows (both bytes from 0xA1), as in real Chinese text.

    In Western text an accented letter is mostly followed by a plain one, which makes a rare character of GB 18030.
    """
    text = _decoded(data, "gb18030")
    if text is None:
        return False
    pairs = [encoded for character in set(text) if len(encoded := character.encode("gb18030")) > 1]
    common = sum(len(pair) == 2 and pair[0] >= 0xA1 and pair[1] >= 0xA1 for pair in pairs)
    return bool(pairs) and common >= len(pairs) / 2


def _western_or_other(sample: bytes) -> str:
    """Windows-1252 where most letters are plain; else what charset-normalizer takes it for."""
    letters = sum(chr(byte).isalpha() for byte in sample if byte < 0x80)
    high = sum(byte >= 0xC0 for byte in sample)
    if high <= 0.3 * (letters + high):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_OTHERS)).best()
    return best.encoding if best else "cp1252"


def _checked(text: str | None) -> str:
    if text is None or "\0" in text:
        raise _not_text()
    # ESC and BEL stand in saved terminal logs; the sanitiser removes what they begin and end.
    controls = len(_CONTROL.findall(text))
    if controls > _MOST_CONTROLS * len(text):
        raise _not_text()
    return text.replace("\f", "\n\n").replace("\v", "\n")


def _not_text() -> WorkRefused:
    return WorkRefused("This is not a text file.", "Save the text as a UTF-8 .txt or .md file and add that.")
