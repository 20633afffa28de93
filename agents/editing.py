"""Rules that turn a message about an existing text into the exact span that may change."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.briefing import find_kind
from agents.contracts import EditRequest
from agents.errors import BadBrief
from agents.filling import read_fill, wants_filling
from agents.remains import ANY_NUMBER, CHINESE_NUMBER, chinese_number, english_number
from agents.spans import Span, blocks, chinese_count, is_verse, lines, paragraphs, sentences
from agents.wordlists import ORDINALS_EN

_ORDINAL = "|".join(ORDINALS_EN)
_UNIT_EN = r"(stanza|verse|paragraph|line|sentence|couplet|chorus|refrain|word)s?"
_UNIT_ZH = r"(节|小节|段落|段|行|句|诗节)"
_QUOTE = re.compile(r"[\"“「『]([^\"”」』]{1,400})[\"”」』]|(?<!\w)[‘']([^’']{1,400})[’'](?!\w)")

_CHANGE_EN = re.compile(
    r"^\W*(?:(?:please|now|ok|okay|and|but|then|also|hmm|yes|no|good|great|nice|just)\W+)*"
    r"(?:(?:can|could|would|will) you (?:please )?|let'?s |"
    r"i(?:'d| would) like (?:you to )?|i want (?:you to )?|try (?:to )?)?"
    r"(make|change|rewrite|rephrase|reword|redo|rework|shorten|lengthen|expand|extend|cut|trim|tighten|remove|delete|drop|"
    r"replace|swap|fix|correct|continue|go on|keep going|carry on|add|append|end|finish|turn|soften|darken|"
    r"brighten|lighten|simplify|revise|edit|polish|improve|condense|translate|move|switch|use|put|give|write|strengthen|sharpen|vary|try|"
    r"smooth|slow|speed|break|split|merge|join|rhyme)\b",
    re.IGNORECASE,
)
_ALWAYS_CHANGE = re.compile(
    r"shorten|lengthen|trim|tighten|rephrase|reword|continue|go on|keep going|carry on|soften|darken|brighten|lighten|"
    r"simplify|polish|condense|rewrite|rework|revise|expand|remove|delete|replace|swap|strengthen|sharpen|smooth",
    re.IGNORECASE,
)
_REFERS_EN = re.compile(
    r"\b(?:it|this|that|the (?:poem|text|story|piece|draft|song|lyrics?|script|scene|ad|slogan|haiku|sonnet|whole|rest|"
    r"ending|end|opening|beginning|start|title|middle|rhymes?|rhythm|tone|mood|voice|language|images?))\b",
    re.IGNORECASE,
)
_COMPARATIVE = re.compile(
    r"^\W*(?:(?:a (?:bit|little)|much|even|slightly|far)\s+)?(?:more|less|fewer|shorter|longer|darker|brighter|lighter|"
    r"warmer|colder|sadder|happier|softer|simpler|funnier|slower|faster|quieter|louder|tighter|calmer|sharper)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"\b(?:continue|go on|keep going|carry on|write more|extend it|what happens next)\b"
    r"|\badd\s+(?:an?|another|one more|two|three|some|more|a new|a final|a closing|a last)\s+(?:\w+\s+){0,2}?"
    r"(?:stanza|verse|line|paragraph|sentence|couplet|ending|chorus)s?\b"
    r"|\banother (?:stanza|verse|line|paragraph|couplet)\b|续写|接着写|继续写?|往下写|写下去|"
    r"(?:再|多)(?:写|加|添|来).{0,3}(?:节|段|行|句)"
    r"|(?:加|添)(?:上)?[一两二三].{0,1}(?:节|段|行|句)",
    re.IGNORECASE,
)
_CHANGE_ZH = re.compile(
    r"改|换|删|去掉|缩短|精简|简短些|扩写|加长|润色|续写|接着写|继续|往下写|写下去|重写|调整|修改|变得|更.{1,4}(?:一?点|一?些)|再.{1,3}(?:一点|一些)"
    r"|短一?[点些]|长一?[点些]|加[一上]|添[一上]|再[写加来][一两]"
)
_NEW_EN = re.compile(
    r"^\W*(?:(?:please|now|ok|okay|then)\W+)*(?:(?:can|could|would|will) you (?:please )?|"
    r"i(?:'d| would) like |i want |i need )?"
    r"(?:(?:write|compose|create|make|give|draft|tell|generate|pen|do)\s+)?(?:(?:me|us)\s+)?(?:an?|another|some|new)\s+(?!bit\b|little\b)",
    re.IGNORECASE,
)
_NEW_ZH = re.compile(r"(?:写|作|来|创作|填|讲|编|想)(?:一|几|两|个|首|篇)|^(?:一首|一篇|一个|关于)|新的一?(?:首|篇)")
_PART_NAMES = re.compile(
    rf"\b(?:{_UNIT_EN}|ending|opening|title|beginning)\b|第[^，。]{{1,3}}{_UNIT_ZH}|结尾|开头|标题", re.IGNORECASE
)


def is_change(message: str, text: str) -> bool:
    """Whether the message asks for a change of `text` and not for a new text."""
    if chinese_count(message):
        return wants_filling(message, text) or _is_change_zh(message)
    change = _CHANGE_EN.match(message)
    names_part = _PART_NAMES.search(message) is not None
    if _NEW_EN.match(message) and find_kind(_before_about(message)) is not None and not names_part:
        return False
    if wants_filling(message, text):
        return True
    if change and (_ALWAYS_CHANGE.match(change[1]) or names_part or _REFERS_EN.search(message)):
        return True
    if _CONTINUES.search(message) or _COMPARATIVE.match(message):
        return True
    if find_kind(_before_about(message)) is not None and not _REFERS_EN.search(_before_about(message)):
        return False
    quoted = _QUOTE.search(message)
    if quoted and (quoted[1] or quoted[2]) in text:
        return True
    return names_part or bool(
        re.match(r"\W*(?:it|this|the (?:poem|text|story|piece|mood|tone))\b", message, re.IGNORECASE)
    )


def _is_change_zh(message: str) -> bool:
    if (
        _NEW_ZH.search(message)
        and find_kind(message) is not None
        and not re.search(r"续写|改成|改为|改写|把|将", message)
    ):
        return False
    return bool(
        _CHANGE_ZH.search(message) or re.search(rf"第.{{1,3}}{_UNIT_ZH}|最后一{_UNIT_ZH}|结尾|开头|标题", message)
    )


def _before_about(message: str) -> str:
    return re.split(r"\b(?:about|where|in which|that|like)\b", message, maxsplit=1, flags=re.IGNORECASE)[0]


def read_edit(message: str, text: str) -> EditRequest:
    """Find what the message wants changed.

    Raises:
        BadBrief: it names a part the text does not have.
    """
    instruction = message.strip()
    if wants_filling(message, text):
        return read_fill(
            instruction, text, lambda part: _quoted(part, text) or _numbered(part, text) or _by_position(part, text)
        )
    continues = _CONTINUES.search(message) is not None
    named = _quoted(message, text) or _numbered(message, text) or _by_position(message, text)
    if continues:
        at = (
            named[0][1]
            if named and re.search(r"\bafter\b|之后|后面|以后", message, re.IGNORECASE)
            else len(text.rstrip())
        )
        where = f"after {named[1]}" if named and at != len(text.rstrip()) else "the end"
        return EditRequest(instruction, at, at, where, continues=True)
    if named is None:
        return EditRequest(instruction, *_whole(text), "the whole text")
    return EditRequest(instruction, *named[0], named[1])


def _whole(text: str) -> Span:
    found = lines(text)
    return (found[0][0], found[-1][1]) if found else (0, len(text))


_Named = tuple[Span, str]


def _quoted(message: str, text: str) -> _Named | None:
    """Words in quotation marks that occur in the text; the first pair names what is to change."""
    match = _QUOTE.search(message)
    if match is None:
        return None
    quote = (match[1] or match[2]).strip()
    at = text.find(quote)
    at = at if at >= 0 else text.lower().find(quote.lower())
    # Lower-casing can change lengths outside ASCII (İ); then the offsets would not fit.
    if at >= 0 and text[at : at + len(quote)].lower() == quote.lower():
        return (at, at + len(quote)), f'"{quote}"'
    if re.match(
        r"\W*(?:please\s+)?(?:replace|swap|remove|delete|cut|drop|change|rewrite)\s+(?:the\s+\w+\s+)?[\"“'‘]",
        message,
        re.IGNORECASE,
    ):
        raise BadBrief(f'The words "{quote}" are not in this text.', "Quote them exactly as they stand there.")
    if re.match(r"\s*(?:请)?(?:把|将|删掉|删去|去掉|替换)\s*[“「\"『]", message):
        raise BadBrief(f"这段文字里没有“{quote}”。", "请按原文引用。")
    return None


def _numbered(message: str, text: str) -> _Named | None:
    """ "the second stanza", "line 3", "lines 2-4", "the first two lines", "第二节", "最后一行", "前两行"."""
    match = re.search(rf"\b{_UNIT_EN}\s+(?:number\s+|no\.?\s*)?"
                      r"(\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten)"
                      r"(?:\s*(?:-|–|to|and|through)\s*(?:line\s+)?(\d{1,4}))?\b", message, re.IGNORECASE)  # fmt: skip
    if match and match[1].lower() != "word":
        first = english_number(match[2].lower())
        last = int(match[3]) if match[3] else first
        return _pick(text, match[1].lower(), first, last, message)
    match = re.search(
        rf"\b({_ORDINAL}|\d{{1,3}}(?:st|nd|rd|th))(?:\s+{ANY_NUMBER})?\s+{_UNIT_EN}\b", message, re.IGNORECASE
    )
    if match and match[3].lower() != "word":
        ordinal = match[1].lower()
        number = ORDINALS_EN[ordinal] if ordinal in ORDINALS_EN else int(re.sub(r"\D", "", ordinal))
        count = english_number(match[2]) if match[2] else 1
        return _pick_run(text, match[3].lower(), number, count, message)
    match = re.search(r"\b(?:the|its)\s+(chorus|refrain)\b", message, re.IGNORECASE)
    if match:
        return _chorus(text)
    return _numbered_zh(message, text)


def _numbered_zh(message: str, text: str) -> _Named | None:
    match = re.search(rf"(倒数)?第\s*{CHINESE_NUMBER}(?:\s*(?:到|至|-|—)\s*第?{CHINESE_NUMBER})?\s*{_UNIT_ZH}", message)
    if match:
        number = chinese_number(match[2])
        if match[1]:
            return _pick_run(text, match[4], -number, 1, message)
        return _pick(text, match[4], number, chinese_number(match[3]) if match[3] else number, message)
    match = re.search(rf"(最后|末|前|首|开头|中间)\s*{CHINESE_NUMBER}?\s*(?:个)?{_UNIT_ZH}", message)
    if match:
        count = chinese_number(match[2]) if match[2] else 1
        number = {"最后": -1, "末": -1, "中间": 0}.get(match[1], 1)
        return _pick_run(text, match[3], number, count, message)
    return None


def _pieces(text: str, unit: str) -> tuple[list[Span], str]:
    """The spans of one unit, and its name."""
    finders: dict[str, tuple[Callable[[str], list[Span]], str]] = {
        "stanza": (blocks, "stanza"), "verse": (blocks, "verse"), "couplet": (_couplets, "couplet"),
        "paragraph": (paragraphs, "paragraph"), "line": (lines, "line"), "sentence": (sentences, "sentence"),
        "节": (blocks, "节"), "小节": (blocks, "节"), "诗节": (blocks, "节"),
        "段": (paragraphs, "段"), "段落": (paragraphs, "段"),
        "行": (lines, "行"), "句": (_sentences_zh, "句"),
    }  # fmt: skip
    finder, name = finders[unit]
    return finder(text), name


def _couplets(text: str) -> list[Span]:
    found = lines(text)
    return [(found[i][0], found[min(i + 1, len(found) - 1)][1]) for i in range(0, len(found), 2)]


def _sentences_zh(text: str) -> list[Span]:
    """In verse a 句 is a line."""
    return lines(text) if is_verse(text) else sentences(text)


def _pick(text: str, unit: str, first: int, last: int, message: str) -> _Named:
    if unit in ("chorus", "refrain"):
        return _chorus(text)
    found, name = _pieces(text, unit)
    if not 1 <= first <= last <= len(found):
        raise _no_such_part(name, max(first, last), len(found))
    where = f"{name} {first}" if first == last else f"{name}s {first} to {last}"
    if name in "节段行句":
        where = f"第{first}{name}" if first == last else f"第{first}到{last}{name}"
    return (found[first - 1][0], found[last - 1][1]), where


def _pick_run(text: str, unit: str, number: int, count: int, message: str) -> _Named:
    """`number` > 0 counts from the start, < 0 from the end, 0 is the middle; `count` pieces together."""
    if unit in ("chorus", "refrain"):
        return _chorus(text)
    found, name = _pieces(text, unit)
    if number < 0:
        first = len(found) + number + 1 - (count - 1)
    elif number == 0:
        first = (len(found) + 1) // 2
    else:
        first = number
    last = first + count - 1
    if not 1 <= first <= last <= len(found):
        raise _no_such_part(name, max(abs(number), count), len(found))
    span = (found[first - 1][0], found[last - 1][1])
    return span, _name_run(name, number, count, first)


def _name_run(name: str, number: int, count: int, first: int) -> str:
    if name in "节段行句":
        return {0: f"中间一{name}", -1: f"最后{count if count > 1 else '一'}{name}"}.get(number, f"第{first}{name}")
    ordinals = {value: word for word, value in reversed(list(ORDINALS_EN.items())) if word.isalpha() and value > 0}
    called = {-1: "last", 0: "middle"}.get(number, ordinals.get(first, f"{first}th"))
    return f"the {called} {name}" if count == 1 else f"the {called} {count} {name}s"


def _no_such_part(name: str, asked: int, there: int) -> BadBrief:
    if name in "节段行句":
        return BadBrief(f"这段文字只有{there}{name}，没有第{asked}{name}。", "请说出已有的部分，或说“全文”。")
    plural = name if there == 1 else f"{name}s"
    return BadBrief(
        f"This text has {there} {plural}; there is no {name} {asked}.",
        "Name a part that is there, or say what to change in the whole text.",
    )


def _chorus(text: str) -> _Named:
    for span in blocks(text):
        head = text[span[0] : span[1]].split("\n", 1)[0]
        if re.match(r"\W*(?:chorus|refrain|副歌)\b|\W*副歌", head, re.IGNORECASE):
            return span, "the chorus"
    raise BadBrief("This text has no part marked as a chorus.", 'Name it by number, such as "the second stanza".')


def _by_position(message: str, text: str) -> _Named | None:
    """Opening, ending, title."""
    if re.search(r"\btitle\b|标题|题目", message, re.IGNORECASE) and not re.search(
        r"\badd a title|加.{0,3}标题", message
    ):
        return _title(text), "the title"
    pieces = lines(text) if is_verse(text) else sentences(text)
    if not pieces:
        return None
    tail = 2 if len(pieces) >= 6 else 1
    if re.search(
        r"\b(?:the|its|this|better|new|different)\s+(?:ending|end|close|conclusion)\b|结尾|末尾|结局",
        message,
        re.IGNORECASE,
    ):
        return (pieces[-tail][0], pieces[-1][1]), "the ending"
    if re.search(
        r"\b(?:the|its|this|better|new|different)\s+(?:opening|beginning|start)\b|开头|开篇|起句",
        message,
        re.IGNORECASE,
    ):
        return (pieces[0][0], pieces[0][1]), "the opening"
    return None


def _title(text: str) -> Span:
    found = blocks(text)
    if len(found) > 1:
        start, end = found[0]
        head = text[start:end]
        if "\n" not in head and len(head) <= 80 and not head.endswith((",", ".", "，", "。", ";", "；")):
            return start, end
    raise BadBrief(
        "This text has no title.", 'A title is a first line with a blank line after it; say "add a title" for one.'
    )
