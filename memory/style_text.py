"""What a text is counted by when its style is asked for, not its subject. Pure: text in, counts out.

Rare words carry the subject, so they are masked before letters are counted (Stamatatos 2017, "Authorship attribution
using text distortion"): a word outside the commonest few hundred keeps only its capital and its ending. Typographic and
straight marks count as the same, so that a publisher's typesetting is not taken for a person's style.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LENGTH = 150
"""Words, or Chinese characters, to which all counts are scaled."""
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\n+|\d+|[^\w\s]")
_SAME = {
    "\u2060": "", "\u200b": "", "\ufeff": "", "\u00a0": " ", "\u200a": " ", "\u2009": " ", "’": "'", "‘": "'",
    "“": '"', "”": '"', "–": "—", "---": "—", "--": "—", "...": "…", "「": "“", "」": "”", "『": "‘", "』": "’",
}  # fmt: skip
_EDITORS = re.compile(r"〔\d+〕|[\[\]]|(?<=[a-z.,;!?\"'])\d+\b")
"""Numbers of notes and brackets of doubtful characters: an editor's, not the writer's."""
_ENDINGS = ("ing", "est", "ness", "ful", "ous", "ion", "ity", "ent", "ant", "ble", "ish", "ive", "eth", "ism", "ed",
            "ly", "er", "es", "th", "al", "en", "s")  # fmt: skip
MARKS = (",", ";", ":", ".", "!", "?", "—", "-", '"', "'", "(", "…", "\n", "\n\n")
_GROUPS = (
    "i me my mine myself", "you your yours", "thou thee thy thine ye", "he him his himself",
    "she her hers herself", "it its itself", "we us our ours", "they them their theirs", "the", "a an", "and", "or nor",
    "of", "to", "in", "for with", "on at by from", "into upon over under", "was were", "had did", "is are am",
    "has have",
    "do does", "will shall", "would should", "can could may might must", "not no never", "that", "which who whom whose",
    "but", "yet though although", "said says asked cried", "what how why", "when where", "this these", "there here",
    "as so", "if then", "all every", "like", "just got get",
)  # fmt: skip
_WORD_ENDINGS = ("ing", "ed", "ly", "n't", "'s", "'d", "'ll", "ness", "tion")
CHINESE_MARKS = "，。、；：？！…—“”‘’《》（）·\n"
CHINESE_FUNCTION = (
    "之乎者也矣焉哉兮其而以於于为爲與与及且則则乃若如故雖虽然何所此彼是不無无未莫非弗勿已既將将方猶犹尚亦又復复再"
    "自相可能得欲當当應应須须被把給给從从在到向對对的了着過过吗嗎呢吧啊么麼们們这這那哪個个一些都就還还很最更太"
    "却卻便才只也许許我你他她它吾余汝爾尔君子谁誰"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one text showed, scaled to `LENGTH` words or characters."""

    grams: Mapping[str, Mapping[str, float]]
    """Name of a set to its grams and how often each stands in the text."""
    numbers: Sequence[float]
    words: int
    """Words, or Chinese characters, before scaling."""


def plain(text: str) -> str:
    """The text with marks, dashes and spaces of one shape and without an editor's notes."""
    for old, new in _SAME.items():
        text = text.replace(old, new)
    return _EDITORS.sub("", text).strip()


def place(gram: str, places: int) -> int:
    """Where a gram is counted: 0 to `places` - 1."""
    return zlib.crc32(gram.encode()) % places


def count_english(text: str, common: Mapping[str, int]) -> Counts:
    """Counts of a plain text; `common` gives the rank of common words, from 0."""
    words = WORD.findall(text)
    scale = LENGTH / max(1, len(words))
    masked = WORD.sub(lambda match: _mask(match[0], common), re.sub(r"\d+", "0", re.sub(r"\s*\n\s*", "\n", text)))
    tokens = [_token(match[0], common) for match in _TOKEN.finditer(text)]
    runs: Counter[str] = Counter(tokens)
    for length in (2, 3):
        runs.update(" ".join(tokens[at : at + length]) for at in range(len(tokens) - length + 1))
    grams = {"letters": _scaled(letters(masked, 2, 5), scale), "words": _scaled(runs, scale)}
    return Counts(grams, _english_numbers(text, words, common), len(words))


def count_chinese(text: str) -> Counts:
    """Counts of a plain Chinese text: characters, function characters, marks, lengths."""
    han = HAN.findall(text)
    scale = LENGTH / max(1, len(han))
    little = Counter(character for character in text if character in CHINESE_FUNCTION or character in CHINESE_MARKS)
    grams = {
        "characters": _scaled(Counter(han), scale),
        "function": _scaled(little, scale),
    }
    return Counts(grams, _chinese_numbers(text, han), len(han))


def letters(text: str, least: int, most: int) -> Counter[str]:
    """Runs of `least` to `most` characters."""
    found: Counter[str] = Counter()
    for size in range(least, most + 1):
        found.update([text[at : at + size] for at in range(len(text) - size + 1)])
    return found


def _scaled(counts: Mapping[str, int], scale: float) -> dict[str, float]:
    return {gram: count * scale for gram, count in counts.items()}


def _mask(word: str, common: Mapping[str, int]) -> str:
    if common.get(word.lower(), 10**9) < 500:
        return word
    ending = next((end for end in _ENDINGS if word.endswith(end)), "") if len(word) > 4 else ""
    return ("A" if word[0].isupper() else "") + ("**" if len(word) > 4 else "*") + ending


def _token(token: str, common: Mapping[str, int]) -> str:
    if token[0] == "\n":
        return "\n"
    if not token[0].isalpha():
        return token
    return token.lower() if common.get(token.lower(), 10**9) < 300 else "*"


def _english_numbers(text: str, words: Sequence[str], common: Mapping[str, int]) -> list[float]:
    count = max(1, len(words))
    low = [word.lower() for word in words]
    sizes = [min(len(word), 14) for word in words] or [0]
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    found = [sizes.count(size) / count for size in range(1, 13)] + _moments(sizes)
    found += _lengths([len(part.split()) for part in re.split(r"[.!?…]+[\"')]*\s+", text) if part.strip()])
    found += _lengths([len(line.split()) for line in lines])
    found += [math.sqrt(text.count(mark) / count) for mark in MARKS]
    found += [_share(word[0].isupper() for word in words), _share(len(word) > 1 and word.isupper() for word in words)]
    found += [_share(line.strip("\"'( ")[:1].isupper() for line in lines)]
    found += [_share(line[-1:] in {*'.,;:!?—"'} for line in lines)]
    ranks = [common.get(word, 10**9) for word in low]
    found += [len(set(low)) / math.sqrt(count)] + [_share(rank < most for rank in ranks) for most in (100, 500, 3000)]
    vowels = [len(re.findall("[aeiouy]+", word)) or 1 for word in low] or [1]
    found += [_moments(vowels)[0], _share(number == 1 for number in vowels)]
    tally = Counter(low)
    found += [math.sqrt(sum(tally[word] for word in group.split()) / count) for group in _GROUPS]
    return found + [math.sqrt(sum(word.endswith(end) for word in low) / count) for end in _WORD_ENDINGS]


def _chinese_numbers(text: str, han: Sequence[str]) -> list[float]:
    count = max(1, len(han))
    parts = [len(HAN.findall(part)) for part in re.split(r"[，。、；：？！…\n]", text)]
    parts = [part for part in parts if part]
    lines = [size for line in text.splitlines() if (size := len(HAN.findall(line)))]
    found = [parts.count(size) / max(1, len(parts)) for size in range(1, 12)]
    found += _lengths(parts) + _lengths(lines)
    found += [math.sqrt(text.count(mark) / count) for mark in CHINESE_MARKS]
    return [*found, len(set(han)) / math.sqrt(count)]


def _lengths(sizes: Sequence[int]) -> list[float]:
    """Logarithms of the mean, deviation, longest and shortest."""
    some = [size for size in sizes if size] or [1]
    mean, deviation = _moments(some)
    return [math.log(mean), math.log1p(deviation), math.log(max(some)), math.log(min(some))]


def _moments(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [mean, math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))]


def _share(holds: Iterable[bool]) -> float:
    """Square root of the share of true ones; 0 of none."""
    some = list(holds)
    return math.sqrt(sum(some) / len(some)) if some else 0.0
