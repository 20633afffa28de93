"""Lessons for the style agent: plain words in, an author's own lines out, with three other passages as the voice."""

from __future__ import annotations

import random
import re

from agents import prompts, wording
from agents.contracts import Brief, Length
from agents.spans import chinese_count, is_chinese, is_verse, lines, parts, words
from cocreate.training import themes
from cocreate.training.job import Lesson
from cocreate.training.role_drafting import as_hit
from cocreate.training.role_texts import Piece, World

SHOWN = 3
"""Passages of the author a request shows."""
_PLAIN = {
    "thou": "you", "thee": "you", "thy": "your", "thine": "yours", "ye": "you", "hath": "has", "doth": "does",
    "hast": "have", "art": "are", "wert": "were", "shalt": "shall", "wilt": "will", "o’er": "over", "e’er": "ever",
    "ne’er": "never", "’tis": "it is", "’twas": "it was", "upon": "on", "amid": "in", "amidst": "in", "among": "in",
    "beneath": "under", "whilst": "while", "ere": "before", "oft": "often", "nigh": "near", "yonder": "there",
    "shall": "will", "gazed": "looked", "gaze": "look", "beheld": "saw", "murmured": "said", "whispered": "said",
    "exclaimed": "said", "replied": "said", "dwelling": "house", "maiden": "girl", "lad": "boy", "wept": "cried",
    "slumber": "sleep", "perceived": "saw", "commenced": "began", "endeavoured": "tried", "countenance": "face",
}  # fmt: skip
_DROPPED = re.compile(
    r"\b(?:[a-z]{3,}(?:ly|ful|ous|less|ish)|very|quite|rather|so|such|most|little|old|great|dear|poor|"
    r"red|blue|green|yellow|white|black|grey|gray|golden|silver|pale|dark|dim|bright|soft|slow|deep|long|sweet)\b\s*"
)
_CLAUSE = re.compile(r"\s*(?:;|—|:|,\s+(?:and|but|for|while|as|which|who|where)\b)\s*")
_MARKS_ZH = re.compile("[；：，]")
_DROPPED_ZH = re.compile(
    "[\u3400-\u9fff]地(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])[很太极甚颇]|[\u3400-\u9fff]{1,2}的(?=[\u3400-\u9fff]{2})"
)


def teach(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """One to four lines or sentences of the piece, from a plain paraphrase; None where the paraphrase says the same."""
    text = piece.text
    found = parts(text)
    same = world.others(piece)
    if not same or not found:
        return None
    first = rng.randrange(len(found))
    past = min(len(found), first + rng.randint(1, 4))
    original = text[found[first][0] : found[past - 1][1]]
    plain = plainly(original)
    if not plain or _alike(original, plain) or len(original) > 400:
        return None
    chinese = is_chinese(text)
    theme = themes.said(world.themes(text), chinese=chinese, rng=rng)
    brief = Brief(theme, theme=theme, language="zh" if chinese else "en")
    hits = [as_hit(one) for one in rng.sample(list(same), min(SHOWN, len(same)))]
    slots = wording.slots(brief) | {
        "own": wording.own_passages(hits), "span": plain, "size": wording.size(_length(original), brief.language)
    }  # fmt: skip
    prompt = prompts.fill("adapt", brief.language, slots)
    return Lesson(prompt.messages, original, prompt.prefill, theme=theme)


def plainly(text: str) -> str:
    """The same said plainly, by rules: everyday words, no ornament, short sentences; lines of verse stay lines."""
    rows = [_plain_line(text[start:end]) for start, end in lines(text)]
    return "\n".join(row for row in rows if row)


def _plain_line(line: str) -> str:
    if is_chinese(line):
        return _MARKS_ZH.sub("。", _DROPPED_ZH.sub("", line))
    said = re.sub(r"[A-Za-z’']+", lambda match: _everyday(match.group()), line)
    said = _DROPPED.sub("", said.replace("“", "").replace("”", ""))
    clauses = [part.strip(" ,.;:!?—") for part in _CLAUSE.split(said)]
    kept = [part[0].upper() + part[1:] for part in clauses if len(part) > 1]
    return ". ".join(kept) + ("." if kept else "")


def _everyday(word: str) -> str:
    plain = _PLAIN.get(word.lower())
    if plain is None:
        return word
    return plain[0].upper() + plain[1:] if word[0].isupper() else plain


def _alike(one: str, other: str) -> bool:
    """Whether a paraphrase changed next to nothing: copying would be the lesson."""
    if is_chinese(one):
        return chinese_count(other) > 0.92 * chinese_count(one)
    first, second = words(one), words(other)
    return len(set(first) ^ set(second)) < max(2, 0.12 * len(first))


def _length(text: str) -> Length:
    if is_verse(text) or "\n" in text:
        return Length(len(lines(text)), "lines")
    if is_chinese(text):
        return Length(max(4, chinese_count(text)), "characters")
    return Length(max(4, len(words(text))), "words")
