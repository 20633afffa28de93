"""Why an idea could work, in one plain sentence made from what is there: no model is asked, and nothing is praised.

It names where the idea came from, words that are far from the theme, a pair of opposites or something missing, and the
passage of the writer's works it stands near to, with a short quote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agents.contracts import Brief, Embedder
from agents.critique.features.words import zipf
from agents.critique.measure import shorten
from agents.critique.theme import EMPTY_WORDS, theme_words
from agents.ideas import Idea, Push
from agents.spans import parts, words

if TYPE_CHECKING:
    from memory.records import Hit

TOUCHES = 0.35
"""Cosine from which a passage is said to be touched; unlike texts have .12, a text and what asked for it .31."""
FAR = 0.25
"""Cosine to the theme below which a word is far from it."""
COMMON = 4.6
"""Words commoner than this (Zipf) are not worth naming."""
MOST_FAR = 2
QUOTE = 60
"""Characters of a quote."""
_MADE_EN: Mapping[Push, str] = {
    "opposite": "by its opposite", "sense": "by another sense", "speaker": "by another speaker",
    "form": "by another form", "combine": "joined",
}  # fmt: skip
_MADE_ZH: Mapping[Push, str] = {
    "opposite": "反过来", "sense": "换一种感官", "speaker": "换一个人讲", "form": "换一种形式", "combine": "合在一起",
}  # fmt: skip
_PAIRS = (
    "winter summer", "night day", "dark light", "cold warm", "cold hot", "silence noise", "quiet loud", "old young",
    "old new",
    "first last", "open closed", "empty full", "dead alive", "death birth", "war peace", "lost found", "fire water",
    "fire ice", "rich poor", "near far", "wet dry", "beginning end", "love hate", "stranger friend", "mother child",
    "father son", "asleep awake", "always never", "remember forget", "stay leave", "arrive leave",
    "sea land", "city forest", "truth lie", "laugh cry", "black white", "early late",
)  # fmt: skip
_PAIRS_ZH = (
    "冬夏", "春秋", "昼夜", "夜晨", "明暗", "冷热", "冷暖", "冰火", "静闹", "老少", "新旧", "生死", "来去", "远近",
    "有无", "空满", "开关", "醒睡", "得失", "悲喜", "哭笑", "黑白", "早晚", "高低", "水火", "爱恨", "留走",
)  # fmt: skip
_MISSING = re.compile(r"\b(?:no one|nobody|nothing|never|without|no longer|missing|no)\b", re.IGNORECASE)
_MISSING_ZH = re.compile(r"再也没有|没有人|没有|没人|不再|从不|缺|空着|无人")


def reasons(
    ideas: Sequence[Idea], brief: Brief, embedder: Embedder, *, touched: Sequence[Hit | None] = (),
    numbers: Sequence[tuple[int, ...]] = (),
) -> list[str]:  # fmt: skip
    """One sentence for each idea.

    Args:
        ideas: with angle and parents as they were made.
        brief: theme and language.
        embedder: for words that are far from the theme (English).
        touched: for each idea the nearest passage of the writer's works; it is named only when it is near.
        numbers: for each idea the numbers its parents are shown under.
    """
    if not ideas:
        return []
    chinese = brief.language == "zh"
    far = [()] * len(ideas) if chinese else _far(ideas, brief, embedder)
    made = []
    for at, idea in enumerate(ideas):
        hit = touched[at] if at < len(touched) else None
        found = [
            _passage(idea.text, hit, chinese=chinese),
            _tension(idea.text, brief.theme, chinese=chinese),
            _words(idea.text, far[at], brief, chinese=chinese),
            _origin(idea, numbers[at] if at < len(numbers) else (), chinese=chinese),
        ]
        made.append(_sentence([part for part in found if part], chinese=chinese))
    return made


def _sentence(found: Sequence[str], *, chinese: bool) -> str:
    if chinese:
        return "；".join(found) + "。"
    said = "; ".join(found)
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "…”")) else ".")


def _origin(idea: Idea, numbers: Sequence[int], *, chinese: bool) -> str:
    """What it was asked by: true whatever the model made of it."""
    if not idea.how:
        if not idea.angle:
            return ""
        return f"从“{idea.angle}”这个角度来" if chinese else f"it came from the angle “{idea.angle}”"
    listed = [f"第{number}条" if chinese else f"idea {number}" for number in numbers]
    whole = ("和" if chinese else " and ").join(listed) or ("另一条" if chinese else "another idea")
    if chinese:
        return f"由{whole}{_MADE_ZH[idea.how]}而来（{idea.angle}）"
    return f"it came from {whole}, {_MADE_EN[idea.how]} ({idea.angle})"


def _far(ideas: Sequence[Idea], brief: Brief, embedder: Embedder) -> list[tuple[str, ...]]:
    """For each idea its words that are farthest from the theme."""
    theme = brief.theme or brief.request
    said = set(words(theme)) | EMPTY_WORDS
    every = [[w for w in dict.fromkeys(words(i.text)) if w not in said and len(w) > 2] for i in ideas]
    wanted = sorted({word for found in every for word in found if word.isalpha() and 0 < zipf(word) < COMMON})
    if not wanted:
        return [()] * len(ideas)
    rows = embedder.embed([theme, *wanted])
    near = {word: float(row @ rows[0]) for word, row in zip(wanted, rows[1:], strict=True)}
    return [tuple(sorted((w for w in found if near.get(w, 1.0) < FAR), key=near.__getitem__)[:MOST_FAR])
            for found in every]  # fmt: skip


def _words(text: str, far: Sequence[str], brief: Brief, *, chinese: bool) -> str:
    if far:
        named = " and ".join(f"“{word}”" for word in far)
        return f"{named} {'are' if len(far) > 1 else 'is'} far from the theme"
    share, missing = theme_words(brief.theme, text)
    if not brief.theme or share >= 1:
        return ""
    if share == 0:
        return "不说主题里的字" if chinese else "it says none of the theme's words"
    return f"没有说出“{missing[0]}”" if chinese and missing else f"it never says “{missing[0]}”" if missing else ""


def _tension(text: str, theme: str, *, chinese: bool) -> str:
    if chinese:
        for both in _PAIRS_ZH:
            one, other = both[0], both[1]
            for here, there in ((one, other), (other, one)):
                if here in text and there in text + theme:
                    return f"“{here}”对着“{there}”"
        lacking = _MISSING_ZH.search(text)
        return f"有东西不在（“{lacking.group()}”）" if lacking else ""
    said, given = set(words(text)), set(words(theme))
    for pair in _PAIRS:
        one, other = pair.split()
        for mine, against in ((one, other), (other, one)):
            if mine in said and against in said | given:
                return f"“{mine}” stands against “{against}”"
    missing = _MISSING.search(text)
    return f"something is kept out of it (“{missing.group()}”)" if missing else ""


def _passage(text: str, hit: Hit | None, *, chinese: bool) -> str:
    if hit is None or hit.score < TOUCHES:
        return ""
    passage = hit.corrected or hit.passage.text
    said = set(words(text)) - EMPTY_WORDS
    lines = [passage[a:b] for a, b in parts(passage)] or [passage]
    best = max(lines, key=lambda line: len(said & set(words(line))))
    quote = shorten(best, QUOTE)
    return f"靠近你的《{hit.title}》：“{quote}”" if chinese else f"it comes near your “{hit.title}”: “{quote}”"
