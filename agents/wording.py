"""How a brief is said to a model: the same slots for every template, English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.contracts import Brief, Kind, Length
from agents.prose_forms import measured
from agents.spans import is_chinese
from agents.wordlists import DEFAULT_LENGTH

if TYPE_CHECKING:
    from memory.records import Hit

_WHAT_EN: dict[Kind, str] = {
    "poem": "a poem", "story": "a short story", "lyric": "song lyrics", "script": "a short scene with dialogue",
    "ad": "a short advertisement", "idea": "one idea for a piece of writing",
}  # fmt: skip
_WHAT_ZH: dict[Kind, str] = {
    "poem": "一首诗", "story": "一篇小故事", "lyric": "一段歌词", "script": "一场短戏，有对白", "ad": "一则广告文案",
    "idea": "一个写作构思",
}  # fmt: skip
_LANGUAGE = {"fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "ja": "Japanese", "ko": "Korean",
             "pt": "Portuguese", "ru": "Russian"}  # fmt: skip
_OPEN = {False: "something small that nobody else noticed", True: "一件别人没有留意的小事"}
"""What a brief without a theme is about."""
_UNITS_ZH = {"lines": "行", "words": "字", "characters": "字"}
NO_WORDS = frozenset({"rhyme", "rhymes", "rhyming", "adjectives", "dialogue", "cliche", "cliches", "cliché", "clichés",
                      "punctuation", "title", "titles", "names", "押韵", "对白", "标点", "标题"})  # fmt: skip
"""Things that are left out of a text which are no words of it."""
OWN_MOST = 200
"""Characters of the writer's own lines in a prompt: a small model copies what it is shown more of."""


OWN_IN_VOICE = 600
"""The same for a brief with a voice: an adapter that was tuned on such prompts makes use of more."""


def length_of(brief: Brief) -> Length:
    """The length asked for, or the usual one of the kind."""
    return brief.length or DEFAULT_LENGTH[(brief.kind, brief.language == "zh")]


def is_verse_brief(brief: Brief) -> bool:
    """Whether the text is to be set in lines."""
    return brief.kind in ("poem", "lyric") and length_of(brief).unit == "lines"


def what(brief: Brief) -> str:
    """ "a haiku", "一首五言绝句", "a short story in French"."""
    if brief.language == "zh":
        if brief.form and brief.kind == "story":
            return measured(brief.form)
        return f"一首{brief.form}" if brief.form and brief.kind == "poem" else _WHAT_ZH[brief.kind]
    name = _WHAT_EN[brief.kind]
    if brief.form:
        name = (
            f"{'an' if brief.form[0] in 'aeiou' else 'a'} {brief.form}"
            if brief.form != "free verse"
            else "a poem in free verse"
        )
    language = _LANGUAGE.get(brief.language)
    return f"{name} in {language}" if language else name


def size(length: Length, language: str) -> str:
    """ "12 short lines", "约300字"."""
    if language == "zh":
        return f"{length.count}{_UNITS_ZH[length.unit]}" if length.unit == "lines" else f"约{length.count}字"
    if length.unit == "lines":
        return "one line" if length.count == 1 else f"{length.count} lines"
    return f"about {length.count} words"


def shape(brief: Brief) -> str:
    """ "12 lines in 3 stanzas", "12行，分3节", "about 180 words"."""
    said = size(length_of(brief), brief.language)
    if brief.stanzas < 2:
        return said
    return f"{said}，分{brief.stanzas}节" if brief.language == "zh" else f"{said} in {brief.stanzas} stanzas"


def own_lines(recalled: Sequence[Hit], most: int = OWN_MOST) -> str:
    """The best passage of the writer's, shortened at a line or word, or ""."""
    if not recalled:
        return ""
    best = recalled[0].corrected or recalled[0].passage.text
    text = " / ".join(line.strip() for line in best.splitlines() if line.strip())
    if len(text) <= most:
        return text
    cut = max(text.rfind(mark, 0, most) for mark in (" / ", ". ", "。", "，", " "))
    return text[: cut if cut > most // 2 else most].rstrip(" /")


def own_passages(recalled: Sequence[Hit], count: int = 3, most: int = 480) -> str:
    """Up to `count` passages of the writer's, a line each, together at most about `most` characters."""
    each = most // max(1, min(count, len(recalled)))
    return "\n".join(own_lines([hit], each) for hit in recalled[:count])


def left_out(brief: Brief) -> tuple[str, ...]:
    """Single words that must not occur in the text; what is no word of it ("no rhyme", "no old men") is only said."""
    return tuple(item for item in brief.must_not if len(item.split()) == 1 and item.lower() not in NO_WORDS)


def slots(brief: Brief, *, direction: str = "", recalled: Sequence[Hit] = ()) -> dict[str, str]:
    """Values for every slot a template may name."""
    join = "、".join if brief.language == "zh" else ", ".join
    return {
        "what": what(brief), "theme": brief.theme or _OPEN[brief.language == "zh"], "direction": direction,
        "mood": brief.mood, "audience": brief.audience, "must": join(brief.must), "must_not": join(brief.must_not),
        "own": own_lines(recalled, OWN_IN_VOICE if brief.voice else OWN_MOST),
        "length": shape(brief), "size": "", "span": "", "view": brief.view, "opening": brief.opening,
        "before": "", "after": "", "instruction": "", "angle": "", "start": "",
    }  # fmt: skip


def sentence(words: str) -> str:
    """The words as a sentence of a prompt: a capital first, a full stop last; "" stays ""."""
    words = words.strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?。！？" else "。" if is_chinese(words) else ".")
