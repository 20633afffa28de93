"""Ways to spoil a text, for measuring whether the critic notices. Deterministic: a text and a seed give one result."""

from __future__ import annotations

import random
import re

SPOILERS = ("repeat", "shuffle", "swap_names", "negate", "cut")

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|am|can|could|will|would|shall|should|must|may|might|has|have|had|do|does|did)\b(?! not\b|n't)"
)
_NAME = re.compile(r"(?<![.!?\"“”‘’\n] )(?<!^)(?<!\n)\b[A-Z][a-z]{2,}\b", re.MULTILINE)
_PRONOUNS = {
    "he": "she",
    "she": "he",
    "him": "her",
    "his": "her",
    "her": "his",
    "himself": "herself",
    "herself": "himself",
    "thou": "they",
    "thy": "their",
    "my": "your",
    "your": "my",
    "i": "you",
    "you": "i",
}


def pieces(text: str) -> list[str]:
    """Lines of verse or sentences of prose, each with the white space after it."""
    if text.count("\n") >= max(3, len(text) // 120):
        return re.findall(r"[^\n]+\n*", text)
    return re.findall(r"[^.!?]+(?:[.!?]+[\"”’']*\s*|$)", text)


def repeat(text: str, rng: random.Random) -> str:
    """A third of the pieces stand a second time, right after or a little later."""
    parts = pieces(text)
    chosen = rng.sample(range(len(parts)), max(1, len(parts) // 3))
    found: list[str] = []
    for at, part in enumerate(parts):
        found.append(part)
        if at in chosen:
            found.append(part)
    return "".join(found)


def shuffle(text: str, rng: random.Random) -> str:
    """The pieces in another order."""
    parts = pieces(text)
    rng.shuffle(parts)
    return "".join(part if part[-1:].isspace() else part + " " for part in parts).strip()


def swap_names(text: str, rng: random.Random) -> str:
    """Names (else he and she, I and you) change places at every second mention."""
    names = list(dict.fromkeys(_NAME.findall(text)))
    if len(names) >= 2:
        table = {name: rng.choice([other for other in names if other != name]) for name in names}
        pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b")
    else:
        table = _PRONOUNS
        pattern = re.compile(r"\b(?:" + "|".join(_PRONOUNS) + r")\b", re.IGNORECASE)
    return pattern.sub(lambda m: table.get(m[0], table.get(m[0].lower(), m[0])) if rng.random() < 0.5 else m[0], text)


def negate(text: str, rng: random.Random) -> str:
    """Every second auxiliary verb is denied: "was" becomes "was not"; where there are none, "the" becomes "no"."""
    if not _AUXILIARY.search(text):
        return re.sub(r"\bthe\b", lambda m: "no" if rng.random() < 0.5 else m[0], text)
    first = _AUXILIARY.search(text)
    assert first is not None
    return _AUXILIARY.sub(lambda m: m[0] + " not" if m.start() == first.start() or rng.random() < 0.5 else m[0], text)


def cut(text: str, rng: random.Random) -> str:
    """The text ends in the middle of a piece, two thirds of the way or later."""
    words = list(re.finditer(r"\S+", text))
    at = rng.randrange(2 * len(words) // 3, max(2 * len(words) // 3 + 1, len(words) - 2))
    while at > 3 and re.search(r"[.!?,;:]$", words[at - 1][0]):
        at -= 1
    return text[: words[at - 1].end()]


def spoil(text: str, how: str, seed: int) -> str:
    """Return `text` spoilt one way, one of SPOILERS."""
    rng = random.Random(f"{how}:{seed}")
    return {"repeat": repeat, "shuffle": shuffle, "swap_names": swap_names, "negate": negate, "cut": cut}[how](
        text, rng
    )
