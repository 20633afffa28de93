"""Prose that is no story and has a name: a letter, a diary entry, a speech, a description. English and Chinese rules.

Only the thing asked for counts: "a letter to my sister" is a letter, "a story about a letter" is a story.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.contracts import Length
from agents.spans import is_chinese

_FORMS_EN: tuple[tuple[str, str, int], ...] = (
    # pattern, name in the brief, usual words
    (r"love letters?", "love letter", 150),
    (r"letters?", "letter", 150),
    (r"(?:diary|journal|log|logbook) entr(?:y|ies)|diary|journal", "diary entry", 150),
    (r"postcards?", "postcard", 50),
    (r"e-?mails?", "email", 120),
    (r"(?:text )?messages?|texts?(?=\s+to\b)", "message", 40),
    (r"notes?", "note", 40),
    (r"biograph(?:y|ies)|bios?", "biography", 120),
    (r"memoirs?|autobiograph(?:y|ies)", "memoir", 180),
    (r"obituar(?:y|ies)", "obituary", 120),
    (r"eulog(?:y|ies)", "eulogy", 150),
    (r"speech(?:es)?", "speech", 180),
    (r"toasts?", "toast", 100),
    (r"sermons?", "sermon", 180),
    (r"essays?", "essay", 200),
    (r"reviews?", "review", 120),
    (r"(?:news )?(?:articles?|reports?)", "article", 180),
    (r"(?:blog )?posts?", "post", 150),
    (r"recipes?", "recipe", 120),
    (r"descriptions?|descriptive (?:paragraph|passage)", "description", 120),
    (r"prayers?", "prayer", 80),
    (r"myths?", "myth", 180),
    (r"legends?", "legend", 180),
    (r"anecdotes?", "anecdote", 120),
    (r"jokes?", "joke", 40),
    (r"riddles?", "riddle", 40),
    (r"prose|texts?", "", 180),
)
_FORMS_ZH: tuple[tuple[str, str, int], ...] = (
    # pattern, name in the brief, usual characters
    (r"情书", "情书", 250),
    (r"家书|书信|信", "信", 250),
    (r"日记", "日记", 250),
    (r"明信片", "明信片", 80),
    (r"短信|留言|便条|消息", "留言", 60),
    (r"祝福语?|贺词|祝词", "祝词", 60),
    (r"传记|小传|人物简介", "小传", 200),
    (r"回忆录", "回忆录", 300),
    (r"讣告|悼词|祭文", "悼词", 200),
    (r"演讲稿|演说词|演讲|致辞", "演讲", 300),
    (r"随笔|杂文|议论文|文章", "随笔", 300),
    (r"游记", "游记", 300),
    (r"描写|描述", "描写", 150),
    (r"神话", "神话", 300),
    (r"传说", "传说", 300),
    (r"笑话", "笑话", 80),
    (r"谜语", "谜语", 40),
)
_TOLD = frozenset({"", "memoir", "myth", "legend", "anecdote", "回忆录", "神话", "传说"})
"""Those of them that are told as a story is."""
_MEASURE = {
    "信": "封", "情书": "封", "明信片": "张", "留言": "则", "祝词": "段", "悼词": "段", "演讲": "段", "描写": "段",
    "笑话": "个", "谜语": "个", "神话": "则", "传说": "则", "寓言": "则",
}  # fmt: skip
ASK = (
    r"\W*(?:(?:please|hey|hi|hello|now|ok|okay)\W+)*(?:(?:can|could|would|will) you (?:please )?|help me(?: to)? |"
    r"i(?:'d| would) like (?:you to )?|i want (?:you to )?|i need (?:you to )?|your task is to |let'?s )*"
    r"(?:(?:write|compose|create|make|give|draft|tell|generate|pen|do|have|invent|craft|come up with|brainstorm)\s+)?"
    r"(?:(?:me|us)\s+)?"
    r"(?:(?:some|another|a new|an?|the|one|my|your)[\s\x00]+)?"
)
"""How a message asks, up to the first word that is not about the asking."""
_NO_ADJECTIVE = r"(?!(?:about|of|on|for|to|in|from|with|that|who|which|where|when|and|or|my|his|her|their|a|an|the)\b)"
_HEAD_EN = re.compile(
    rf"^{ASK}(?P<like>(?:{_NO_ADJECTIVE}[\w'’,-]+[\s\x00]+){{0,3}}?)"
    rf"(?:{'|'.join(f'(?P<f{at}>{pattern})' for at, (pattern, _, _) in enumerate(_FORMS_EN))})"
    r"(?=\s*(?:$|[,.;:!?\x00]|(?:about|on|of|for|to|from|by|in|that|who|which|where|with|describing|left|between|as|"
    r"after|before|concerning|written|sent|against|set|told|at)\b))",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^\W*the\b", re.IGNORECASE)
"""Something known, with no verb before it, is what a text is about: "the message in the bottle"."""
_DESCRIBE = re.compile(rf"^{ASK}(?:describe|portray|depict)\s+", re.IGNORECASE)
_ANSWER = re.compile(r"^\W*(?:(?:imagine|suppose|pretend)\b|(?:what|how|why|who|where)\b[^?]*\?)", re.IGNORECASE)
_TO = re.compile(r"^\s*to\s+([^.,;:!?\x00]+?)(?=\s+(?:about|on|concerning)\s|\s*(?:[.,;:!?\x00]|$))", re.IGNORECASE)
_ORDERS = re.compile(r"[.!?]\s+(?=(?:your|the|it|please|make|include|use|keep)\b|\x00)", re.IGNORECASE)
"""Where a message goes on to say how the text is to be."""
_LEADING = re.compile(
    r"^[\s,:;.\-–—\x00]*"
    r"(?:(?:about|on the (?:theme|subject|topic) of|on|of|for|to|from|by|concerning|describing)\b\s*)?",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?:^|\s)(?:about|on the (?:theme|subject|topic) of|concerning)\s+([^\x00]+)", re.IGNORECASE)
_HEAD_ZH = re.compile(
    rf"(?:{'|'.join(f'(?P<f{at}>{pattern})' for at, (pattern, _, _) in enumerate(_FORMS_ZH))})"
    r"(?=$|[\x00，,。；;！!？?])"
)
_ASK_ZH = re.compile(
    r"^\W*(?:请|帮我|帮忙|替我|能不能|可以|麻烦|我想要|我要|想要)*(?:写作|写|作|创作|来|编|讲|说|做|生成)?"
    r"(?:一|两|几)?(?:封|篇|段|则|份|张|个|句)?"
)
_DESCRIBE_ZH = re.compile(
    r"^\W*(?:请|帮我)*(?:写一?[段篇])?(?:描写|描述)(?:一下)?(?=[^，,。；;\x00]{2})(?!.*(?:诗|词|歌|剧|广告|故事|小说))"
)


@dataclass(frozen=True, slots=True)
class ProseForm:
    """A named kind of prose that is asked for."""

    name: str
    """As a brief names it; "" where a message asks for prose without a name."""
    length: Length
    """Its usual length."""
    start: int
    """Where its name begins in the message; 0 where it has none."""
    theme: str
    """What it is to be about, as the message says it."""
    audience: str = ""
    """Whom it is written to, where the message says both that and what it is about."""


def is_told(form: str) -> bool:
    """Whether a form is literature, or no form at all: not a letter, a toast, a review or what else has its own manner.

    The drafting adapter was taught by poems, stories and scripts: twenty such requests, two drafts each, were rather
    given without it in .75 (.60-.88) of pairs, read blind (docs/log.md).
    """
    return form in _TOLD or all(form != name for _, name, _ in (*_FORMS_EN, *_FORMS_ZH))


def prose_form(text: str) -> ProseForm | None:
    """The prose a message asks for by name, or by asking to describe or imagine something; else None.

    `text` may hold marks of what other rules cut out.
    """
    return _chinese(text) if is_chinese(text.replace("\x00", "")) else _english(text)


def measured(name: str) -> str:
    """ "一封信", "一篇日记"."""
    return f"一{_MEASURE.get(name, '篇')}{name}"


def _english(text: str) -> ProseForm | None:
    if (match := _HEAD_EN.match(text)) and not _SUBJECT.match(text):
        at, name, words = next(
            (match.start(f"f{at}"), name, words) for at, (_, name, words) in enumerate(_FORMS_EN) if match[f"f{at}"]
        )
        rest = _ORDERS.split(text[match.end() :])[0]
        like = re.sub(r"\b(?:short|long|brief|tiny|very)\b|[\x00,]", " ", match["like"]).strip()
        to, about = _TO.match(rest), _ABOUT.search(rest)
        if to and (about or like):
            return ProseForm(name, Length(words, "words"), at, about[1] if about else like, to[1])
        theme = about[1] if about else _LEADING.sub("", rest, count=1)
        return ProseForm(name, Length(words, "words"), at, theme or like)
    if match := _DESCRIBE.match(text):
        return ProseForm("description", Length(120, "words"), 0, text[match.end() :])
    return ProseForm("", Length(180, "words"), 0, text) if _ANSWER.match(text) else None


def _chinese(text: str) -> ProseForm | None:
    if match := _HEAD_ZH.search(text):
        name, count = next((name, count) for at, (_, name, count) in enumerate(_FORMS_ZH) if match[f"f{at}"])
        said = _ASK_ZH.sub("", text[: match.start()].replace("\x00", ""), count=1)
        said = re.sub(r"^(?:关于|有关|给|写给|致)|的$", "", said)
        theme = said or text[match.end() :].lstrip("\x00，,。；;！!？? ")
        return ProseForm(name, Length(count, "characters"), match.start(), re.sub(r"^(?:关于|有关)", "", theme))
    if match := _DESCRIBE_ZH.match(text):
        return ProseForm("描写", Length(150, "characters"), 0, re.sub(r"的(?:文字|段落|句子)", "", text[match.end() :]))
    return None
