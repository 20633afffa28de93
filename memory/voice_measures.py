"""What can be counted of a voice: one function a group of traits. Pure; works on the texts as they were written."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from memory import voice_fields
from memory.sound import line_ends, rhyming, syllables
from memory.style import set_in_verse
from memory.style_text import HAN, plain
from memory.voice_card import Trait

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SENTENCE = re.compile(r"[^.!?…。！？\n]*[^\s.!?…。！？\n][^.!?…。！？\n]*(?:[.!?…。！？]+[\"'”’」』）)]*|(?=\n)|$)")
_SPOKEN = re.compile(r'"[^"\n]{2,400}"|“[^”\n]{2,400}”|「[^」\n]{2,400}」')
_MARKS = {
    "commas": ",，、", "semicolons": ";；", "colons": ":：", "dashes": "—", "exclamation marks": "!！",
    "question marks": "?？", "brackets": "(（", "ellipses": "…",
}  # fmt: skip
PERSONS = {
    "I and we": ("i me my mine myself we us our ours", "我吾余予咱"),
    "you": ("you your yours thou thee thy thine ye", "你您汝爾尔君"),
    "he, she and they": ("he him his himself she her hers herself they them their theirs", "他她它伊"),
}
_PAST = frozenset("was were had did said went came saw knew thought made took stood felt left found told".split())  # noqa: SIM905  a list of words reads better as words
_PRESENT = frozenset("is are am has have do does says goes comes sees knows thinks makes takes stands feels".split())  # noqa: SIM905  the same
LONGEST_EXAMPLE = 60
"""Characters of an example; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts of one voice, taken apart once."""

    texts: tuple[str, ...]
    """Plain: marks of one shape."""
    chinese: bool
    verse: bool
    words: tuple[str, ...]
    """As written; Chinese characters one by one."""
    sentences: tuple[str, ...]
    lines: tuple[str, ...]
    """Lines that are not blank."""

    @property
    def unit(self) -> str:
        """What length is counted in."""
        return "characters" if self.chinese else "words"

    def size(self, text: str) -> int:
        """Words or Chinese characters of a part."""
        return len((HAN if self.chinese else _WORD).findall(text))


def sample(texts: Sequence[str], *, chinese: bool) -> Sample:
    """Take texts apart."""
    whole = tuple(plain(text) for text in texts)
    verse = sum(len(text) for text in whole if set_in_verse(text)) > 0.5 * sum(map(len, whole))
    words = tuple(word for text in whole for word in (HAN if chinese else _WORD).findall(text))
    lines = tuple(line.strip() for text in whole for line in text.splitlines() if line.strip())
    joined = whole if not verse else tuple(text.replace("\n", " ") for text in whole)
    found = (match[0].strip() for text in joined for match in _SENTENCE.finditer(text))
    return Sample(whole, chinese, verse, words, tuple(one for one in found if _WORD.search(one)), lines)


def measure(some: Sample) -> Iterator[Trait]:
    """All traits but those that need common use."""
    yield from lengths(some)
    yield from openings(some)
    yield from marks(some)
    yield from person_and_tense(some)
    yield from imagery(some)
    if some.verse:
        yield from rhymes(some)


def lengths(some: Sample) -> Iterator[Trait]:
    """Lengths of sentences, lines and words, with histograms, and how much they vary."""
    parts = {"sentence length": some.sentences} | ({"line length": some.lines} if some.verse else {})
    for name, pieces in parts.items():
        sizes = [size for piece in pieces if (size := some.size(piece))]
        if sizes:
            order = sorted(pieces, key=some.size)
            shown = (order[len(order) // 2], order[-1])
            yield Trait(name, _round(statistics.mean(sizes)), some.unit, None, histogram(sizes), _examples(shown))
    sizes = [some.size(piece) for piece in (some.lines if some.verse else some.sentences)]
    if len(sizes) > 1 and max(sizes):
        spread = statistics.pstdev(sizes) / statistics.mean(sizes)
        yield Trait("rhythm", _round(spread), "deviation over mean of lengths", None, tuple(map(float, sizes[:40])))
    if not some.chinese and some.words:
        yield Trait("word length", _round(statistics.mean(map(len, some.words))), "letters")
        if some.verse:
            yield Trait("syllables", _round(sum(map(syllables, some.words)) / len(some.lines)), "a line, by spelling")
    if some.chinese and some.verse:
        verses = [size for line in some.lines for part in re.split("[，。；？！、]", line) if (size := some.size(part))]
        for number, name in ((5, "five-character verses"), (7, "seven-character verses")):
            yield Trait(name, _round(100 * verses.count(number) / max(1, len(verses))), "of 100")
    kinds = _variety([word.lower() for word in some.words])
    if kinds is not None:
        yield Trait("variety of words", _round(kinds), f"different of 100 {some.unit}")


def histogram(sizes: Sequence[int], bars: int = 12) -> tuple[float, ...]:
    """Counts in bars of one width, up to the length that 97 in 100 stay below; the last bar holds all beyond."""
    most = max(2, sorted(sizes)[int(0.97 * (len(sizes) - 1))])
    width = max(1, -(-most // bars))
    last = min(bars - 1, most // width)
    counts = Counter(min(size // width, last) for size in sizes)
    return tuple(float(counts[bar]) for bar in range(last + 1))


def openings(some: Sample) -> Iterator[Trait]:
    """How parts and works begin."""
    parts = some.lines if some.verse else some.sentences
    first = [found[0] for part in parts if (found := (HAN if some.chinese else _WORD).findall(part))]
    if first:
        common = Counter(word.lower() for word in first).most_common(5)
        share = 100 * sum(number for _, number in common) / len(first)
        name = "lines" if some.verse else "sentences"
        shown = tuple(f"{word} {100 * number / len(first):.0f}%" for word, number in common)
        yield Trait("openings", _round(share), f"of 100 {name} begin with one of five words", None, (), shown)
    starts = [text.splitlines()[0] for text in some.texts if text]
    yield Trait("first lines", float(len(starts)), "works", None, (), _examples(starts[:3]))


def marks(some: Sample) -> Iterator[Trait]:
    """Punctuation and speech, of 1,000 words or characters."""
    for name, signs in _MARKS.items():
        number = sum(text.count(sign) for text in some.texts for sign in signs)
        shown = next((part for part in some.sentences if any(sign in part for sign in signs)), "")
        yield _rate(name, number, some, _examples([shown] if shown else []))
    spoken = [match[0] for text in some.texts for match in _SPOKEN.finditer(text)]
    share = 100 * sum(map(some.size, spoken)) / max(1, len(some.words))
    yield Trait("speech in quotation marks", _round(share), f"of 100 {some.unit}", None, (), _examples(spoken[:2]))


def person_and_tense(some: Sample) -> Iterator[Trait]:
    """Who speaks, and when it happens."""
    tally = Counter(word.lower() for word in some.words)
    for name, (english, chinese) in PERSONS.items():
        yield _rate(name, sum(tally[word] for word in (chinese if some.chinese else english.split())), some, ())
    if some.chinese:
        yield _rate("done: 了 过 已 曾", sum(tally[sign] for sign in "了过過已曾"), some, ())
        return
    past = sum(number for word, number in tally.items() if word in _PAST or (len(word) > 4 and word.endswith("ed")))
    present = sum(tally[word] for word in _PRESENT)
    if past + present:
        yield Trait("past tense", _round(100 * past / (past + present)), "of 100 verbs that show it")


def imagery(some: Sample) -> Iterator[Trait]:
    """Words of hand-written fields of images, of 1,000."""
    fields = voice_fields.CHINESE if some.chinese else voice_fields.ENGLISH
    tally = Counter(word if some.chinese else stem(word.lower(), _known()) for word in some.words)
    for name, words in fields.items():
        found = Counter({word: tally[word] for word in (words if some.chinese else words.split()) if tally[word]})
        yield _rate(f"images of {name}", sum(found.values()), some, tuple(word for word, _ in found.most_common(5)))


def rhymes(some: Sample) -> Iterator[Trait]:
    """Lines that rhyme with one of the three before or after them."""
    count, pairs = 0, []
    for text in some.texts:
        ends = line_ends([line for line in text.splitlines() if line.strip()], chinese=some.chinese)
        found = rhyming(ends)
        count += len({at for pair in found for at in pair})
        pairs += [(ends[one][0], ends[other][0]) for one, other in found]
    shown = tuple(f"{one} / {other}" for one, other in pairs[:: max(1, len(pairs) // 4)][:4])
    yield Trait("rhyme", _round(100 * count / max(1, len(some.lines))), "of 100 lines, by spelling"
                if not some.chinese else "of 100 lines, by today's sound", None, (), shown)  # fmt: skip


def stem(word: str, known: frozenset[str]) -> str:
    """The word of a field that an inflected English word belongs to, else the word itself."""
    for end in ("", "s", "es", "ed", "d", "ing"):
        if word.endswith(end) and word[: len(word) - len(end)] in known:
            return word[: len(word) - len(end)]
    return word


def _known() -> frozenset[str]:
    return frozenset(word for words in voice_fields.ENGLISH.values() for word in words.split())


def _variety(words: Sequence[str]) -> float | None:
    """Mean number of different words in windows of 100 (MATTR, Covington and McFall 2010); None below 100."""
    starts = range(0, len(words) - 99, max(10, len(words) // 400))
    return statistics.mean(len(set(words[at : at + 100])) for at in starts) if len(words) >= 100 else None


def _rate(name: str, number: int, some: Sample, shown: tuple[str, ...]) -> Trait:
    return Trait(name, _round(1000 * number / max(1, len(some.words))), f"of 1,000 {some.unit}", None, (), shown)


def _examples(parts: Iterable[str]) -> tuple[str, ...]:
    flat = (" ".join(part.split()) for part in parts)
    return tuple(
        one if len(one) <= LONGEST_EXAMPLE else one[: LONGEST_EXAMPLE - 1].rsplit(" ", 1)[0] + "…"
        for one in flat
        if one
    )


def _round(value: float) -> float:
    return round(value, 2 if value < 10 else 1)
