"""Rules that turn a writer's message into a Brief. No model: what rules find, they find every time.

Each rule takes its words out of the message; what remains at the end is the theme.
"""

from __future__ import annotations

import re

from agents.contracts import Brief, Kind, Length, Unit
from agents.errors import BadBrief
from agents.extent import take_extent, take_opening, take_view
from agents.prose_forms import ASK, ProseForm, prose_form
from agents.remains import CUT, Remains
from agents.spans import chinese_count, is_chinese
from agents.wordlists import (
    DEFAULT_LENGTH,
    FORMS,
    KIND_WORDS,
    LANGUAGES,
    MOODS_EN,
    MOODS_ZH,
    PEOPLE_EN,
)

LONGEST_REQUEST = 8000
"""Characters; a longer message is not a brief but a text."""
LONG_THEME = 20
"""Words of a message in several sentences, from which on it tells a situation and names no subject of a poem."""
MOST: dict[Unit, int] = {"lines": 200, "words": 1500, "characters": 3000}
"""The most one turn can write; a longer text is made in parts."""
_SIZE_EN = re.compile(r"\b(very short|short|brief|tiny|long|longer)\b(?!\s+stor(?:y|ies) of)", re.IGNORECASE)
_VERB_EN = re.compile(rf"^{ASK}", re.IGNORECASE)
_VERB_ZH = re.compile(
    r"^\W*(?:请|帮我|帮忙|给我|为我|替我|能不能|可以|麻烦|我想要|我要|想要|来|再)*(?:写作|写|作|创作|来|填|编|讲|想|做|生成)?"
    r"(?:出|个|几个|一个|一首|首|一篇|篇|一段|一则|则|一份|份|一阕|阕|一句|句|几句|点|一些|些|一幕|一场)*"
)
_CONNECTOR = re.compile(
    r"^[\s,:;.\-–—]*(?:(?:that is|which is|is|are)?\s*(?:about|on the (?:theme|subject|topic) of|on|of|inspired by|"
    r"describing|between|in which|"
    r"dedicated to|concerning|regarding|titled|called|entitled|set in|for|to|with the theme|theme)\b"
    r"[\s:]*)",
    re.IGNORECASE,
)
_THEME_ZH = re.compile(r"(?:关于|有关|题为|主题是|主题为|主题[:：]|描写|写的是|讲述|讲|以)(.+?)(?:为题|为主题|的)?$")


def read_brief(text: str, current: Brief | None = None) -> Brief:
    """Turn a message that asks for a new text into a Brief.

    What the message leaves open comes from `current` only for the voice; a new text is a new brief.

    Raises:
        BadBrief: the message is empty or too long, or asks for nothing or for more than one turn can write.
    """
    request = check_request(text)
    remains = Remains(request)
    # First the quoted beginning: nothing in it is a wish.
    opening = take_opening(remains)
    language = _take_language(remains) or ("zh" if is_chinese(request) else "en")
    must, must_not = _take_musts(remains)
    length, stanzas = take_extent(remains, language)
    view = take_view(remains)
    audience = _take_audience(remains)
    kind = find_kind(remains.text)
    prose = _prose_of(remains.text)
    form, usual = (prose.name, prose.length) if prose else _take_form(remains, kind)
    mood = _take_mood(remains, prose.start if prose else None)
    prose = _prose_of(remains.text)
    kind = "story" if prose or (kind is None and _like_prose(request, length)) else kind or "poem"
    size = _take_size(remains, kind, language)
    if prose and prose.audience and not audience:
        audience = prose.audience
    theme = _tidy(prose.theme) if prose else _theme(remains.text)
    wanted = length or size or usual or DEFAULT_LENGTH[(kind, language == "zh")]
    brief = Brief(
        request=request, kind=kind, form=form, mood=mood, language=language, audience=audience,
        length=wanted, stanzas=stanzas, view=view, opening=opening,
        must=must, must_not=must_not, theme=theme, voice=current.voice if current else "",
    )  # fmt: skip
    return _checked(brief, wanted)


def check_request(text: str) -> str:
    """The message without white space at its ends. Raises BadBrief when empty or too long to be a brief."""
    request = text.strip().strip("\u200b\ufeff").strip()
    if not any(character.isalnum() for character in request):
        raise BadBrief("The message is empty.", 'Say what you want, such as "a poem about autumn rain".')
    if len(request) > LONGEST_REQUEST:
        raise BadBrief(
            f"The message is {len(request):,} characters long; a brief can have up to {LONGEST_REQUEST:,}.",
            "Save the long text to a file, add it to your works, and say in a few sentences what you want.",
        )
    return request


def find_kind(text: str) -> Kind | None:
    """The kind named first in the text, or None when no kind is named."""
    best: tuple[int, Kind] | None = None
    for pattern, kind in KIND_WORDS:
        bounded = pattern if chinese_count(pattern) else rf"\b(?:{pattern})\b"
        match = re.search(bounded, text, re.IGNORECASE)
        if match and (best is None or match.start() < best[0]):
            best = (match.start(), kind)
    return best[1] if best else None


_NAMED_AFTER = re.compile(
    rf"[,?:;]\s*(?:as\s+)?an?\s+(?:{'|'.join(words for words, _ in KIND_WORDS if not chinese_count(words))})\b",
    re.IGNORECASE,
)
"""A kind that is named after a title: "letters from a lighthouse, a poem"."""


def _prose_of(text: str) -> ProseForm | None:
    """The named prose a message asks for, unless another kind is named before it ("a song like a letter")."""
    prose = prose_form(text)
    if prose is None or find_kind(text[: prose.start]) is not None or _NAMED_AFTER.search(text):
        return None
    return prose if prose.start or prose.name or find_kind(text) is None else None


def _like_prose(request: str, length: Length | None) -> bool:
    """Whether a message that names no kind wants prose: it counts in words, or tells a situation in sentences."""
    if length is not None:
        return length.unit != "lines"
    return len(request.split()) > LONG_THEME and len(re.findall(r"[.!?](?=\s|$)", request)) > 1


def _checked(brief: Brief, length: Length) -> Brief:
    count, unit = length.count, length.unit
    if count < 1:
        raise BadBrief(f"A text of {count} {unit} cannot be written.", "Ask for at least one line.")
    if count > MOST[unit]:
        raise BadBrief(
            f"A text of {count:,} {unit} is more than one turn can write ({MOST[unit]:,}).",
            'Ask for a part of it, then say "continue".',
        )
    return brief


def _take_language(remains: Remains) -> str:
    names = "|".join(LANGUAGES)
    match = remains.take(rf"(?:,?\s*\b(?:written )?in\s+|用)({names})(?:写|写作|来写|创作)?") or remains.take(
        rf"\b({names})(?=\s+(?:\w+\s+)?(?:poem|haiku|sonnet|story|song|lyric|verse))"
    )
    return LANGUAGES[match[1].lower()] if match else ""


_PHRASE = r"([^,，。;；.!?！？\x00]+?)"
_END = r"(?=\s*(?:[,，。;；.!?！？\x00]|$|\bbut\b|\band (?:no|without|with|avoid|mention|don'?t)\b|\bwithout\b))"
_QUOTED = r"[\"“‘'「『]([^\"”’'」』]{1,60})[\"”’'」』]"
_MUST_NOT = (
    rf"(?:,?\s*\band\s+|,\s*|\b)(?:without|avoid(?:ing)?|no|not|never)\s+(?:using\s+|use\s+)?(?:the\s+)?"
    rf"words?\s+{_PHRASE}{_END}",
    rf"(?:,?\s*\b(?:and|but)\s+)?\b(?:do not|don'?t|never|without)\s+"
    rf"(?:use|mention|include|using|mentioning|including)\s+{_PHRASE}{_END}",
    rf"\bavoid(?:ing)?\s+{_PHRASE}{_END}",
    r"(?:,?\s*\b(?:and|but)\s+)?\bwithout\s+(?:any\s+)?(rhymes?|rhyming|adjectives|dialogue|clich[eé]s|punctuation|titles?)\b",
    rf"(?:[,;.]\s*(?:and\s+|but\s+)?|\band\s+)(?:no|without)\s+(?:any\s+)?{_PHRASE}{_END}",
    rf"(?:[，,。；、\s]*)(?:但|而且|并且)?(?:不要|别|不能|不许|避免|不)(?:再)?(?:出现|提到|提及|使用|用|写到|写|提|有|含)"
    rf"(?:“|「|\")?{_PHRASE}(?:”|」|\")?(?:一词|这个词|二字|字样)?(?=[,，。;；.!?！？\x00]|$)",
)
_MUST = (
    rf"(?:,?\s*\band\s+|,\s*)?\b(?:with|using|including|include|containing|use)\s+the\s+(?:words?|phrases?)\s+{_PHRASE}{_END}",
    rf"(?:,?\s*\band\s+|,\s*)?\b(?:that\s+|must\s+|should\s+|it\s+)*(?:mention(?:s|ing)?|include[s]?|including|contain(?:s|ing)?)\s+{_PHRASE}{_END}",
    rf"(?:[，,。；\s]*)(?:并且|并|其中)?(?:必须|要|需要?)?(?:包含|含有|提到|提及|出现|用上|用到|带有)"
    rf"(?:“|「|\")?{_PHRASE}(?:”|」|\")?(?:一词|这个词|二字|字样)?(?=[,，。;；.!?！？\x00]|$)",
    rf"(?:[，,。；]\s*)(?:必须|要|需)有(?:“|「|\")?{_PHRASE}(?:”|」|\")?(?=[,，。;；.!?！？\x00]|$)",
)


def _take_musts(remains: Remains) -> tuple[tuple[str, ...], tuple[str, ...]]:
    must_not = _take_all(remains, _MUST_NOT)
    return _take_all(remains, _MUST), must_not


def _take_all(remains: Remains, patterns: tuple[str, ...]) -> tuple[str, ...]:
    items: list[str] = []
    for pattern in patterns:
        for _ in range(8):
            match = remains.take(pattern)
            if match is None:
                break
            items += _items(match[1])
    return tuple(dict.fromkeys(items))


def _items(phrase: str) -> list[str]:
    quoted = re.findall(_QUOTED, phrase)
    if quoted:
        return [item.strip() for item in quoted]
    split = re.split(r"\s*(?:,|、|，|\band\b|\bor\b|(?<=[\u4e00-\u9fff])[和与及或](?=[\u4e00-\u9fff]))\s*", phrase)
    stripped = (re.sub(r"^(?:the|a|an|any)\s+", "", item.strip(" \"'“”「」"), flags=re.IGNORECASE) for item in split)
    return [item for item in stripped if item and len(item) <= 60]


def _take_size(remains: Remains, kind: Kind, language: str) -> Length | None:
    """ "short" and "long" scale the usual length. "short story" is a kind, not a size."""
    usual = DEFAULT_LENGTH[(kind, language == "zh")]
    match = _SIZE_EN.search(remains.text.split(CUT)[0][:60])
    word = match[1].lower() if match else ""
    if re.search(r"短诗|小诗|短篇|简短|短一点", remains.text):
        word = "short"
    elif "长诗" in remains.text or "长篇" in remains.text:
        word = "long"
    if not word or (kind == "story" and word == "short"):
        return None
    factor = {"tiny": 1 / 3, "very short": 1 / 3, "long": 2, "longer": 2}.get(word, 2 / 3)
    if match:
        remains.take(rf"\b{word}\b\s*")
    return Length(max(2, round(usual.count * factor)), usual.unit)


def _take_audience(remains: Remains) -> str:
    adjectives = r"(?:[a-z]+(?:-[a-z]+)*\s+){0,2}?"
    match = remains.take(rf"\b(?:for an audience of|aimed at|targeted at|targeting|addressed to)\s+{_PHRASE}{_END}")
    match = match or remains.take(rf"\bfor\s+({adjectives}(?:{PEOPLE_EN}))\b(?=\s*(?:[,.;!?\x00]|$|about|on|who\b))")
    match = match or remains.take(
        r"(?:面向|针对)([^,，。;；\x00]+?)(?:群体)?(?:的(?=.*(?:广告|文案|口号|诗|故事))|(?=[,，。;；\x00]|$))"
    )
    match = match or remains.take(r"写?给([^,，。;；\x00]{1,12}?)(?:看|读|听)(?:的)?")
    match = match or remains.take(r"写给([^,，。;；\x00]{1,12}?)(?:的)?(?=[,，。;；\x00]|$)")
    return match[1].strip() if match else ""


def _take_form(remains: Remains, kind: Kind | None) -> tuple[str, Length | None]:
    for pattern, name, length in FORMS:
        bounded = pattern if chinese_count(pattern) else rf"\b(?:{pattern})\b"
        match = re.search(bounded, remains.text, re.IGNORECASE)
        # A form named inside the theme ("a story about a ballad singer") is not the form of the text.
        if match and find_kind(remains.text[: match.end()]) == (find_kind(match.group()) or kind):
            return name, length
    return "", None


def _take_mood(remains: Remains, named_at: int | None = None) -> str:
    """Moods said as such, or before the kind of text; `named_at`: where that is named, if no rule here finds it."""
    match = remains.take(
        rf"(?:,?\s*(?:in|with)\s+an?\s+)((?:{MOODS_EN})(?:(?:,| and|, and)\s+(?:{MOODS_EN}))*)\s+"
        r"(?:tone|mood|voice|feeling|way|style|key)"
    )
    match = match or remains.take(
        rf"(?:[,，;；]\s*)?(?:mood|tone|基调|情绪|语气|风格)(?:\s*(?:is|:|：|是|为|要)\s*)?((?:{MOODS_EN}|{MOODS_ZH})+)"
    )
    match = match or remains.take(rf"[,;]\s*({MOODS_EN})\s+(?:tone|mood|voice|feeling|style)\b")
    if match:
        return match[1].strip()
    kind_at = _kind_position(remains.text) if named_at is None else named_at
    head = remains.text[:kind_at]
    found = [m.group() for m in re.finditer(rf"\b(?:{MOODS_EN})\b|(?:{MOODS_ZH})", head, re.IGNORECASE)]
    for word in found:
        remains.take(rf"{re.escape(word)}(?:的)?(?:\s*,\s*|\s+and\s+|\s*)")
    return ", ".join(dict.fromkeys(word.lower() for word in found))


def _kind_position(text: str) -> int:
    """Where the kind is named; 0 when it is not, so that nothing stands before it. 'X的诗' puts the theme first."""
    starts = []
    for pattern, _ in KIND_WORDS:
        bounded = pattern if chinese_count(pattern) else rf"\b(?:{pattern})\b"
        match = re.search(bounded, text, re.IGNORECASE)
        if match:
            starts.append(match.start())
    if not starts:
        return 0
    head = text[: min(starts)]
    about = re.search(r"关于|有关|描写|以|\babout\b|\bon\b", head)
    return about.start() if about else min(starts)


def _theme(text: str) -> str:
    """What remains when verbs, kind, form and connecting words are gone."""
    if is_chinese(text.replace(CUT, "")):
        return _theme_zh(text)
    text = _VERB_EN.sub("", text, count=1)
    about = re.search(
        r"(?:\babout|\bon the (?:theme|subject|topic) of|\binspired by)\s+([^\x00]+)", text, re.IGNORECASE
    )
    if about:
        return _tidy(about[1])
    kinds = "|".join(pattern for pattern, _ in KIND_WORDS if not chinese_count(pattern))
    forms = "|".join(pattern for pattern, _, _ in FORMS if not chinese_count(pattern))
    match = re.search(rf"\b(?:{forms}|{kinds})\b(?:\s+(?:{forms}|{kinds})\b)*", text, re.IGNORECASE)
    if match is None:
        return _tidy(text)
    before = _tidy(re.sub(r"\b(?:short|long|new)\b", " ", text[: match.start()]))
    after = _tidy(_CONNECTOR.sub("", text[match.end() :].lstrip(f"{CUT} "), count=1))
    return after or before


def _theme_zh(text: str) -> str:
    text = re.sub(r"[，,。；;！!？?\s]*\x00[，,。；;！!？?\s]*", CUT, text).strip(CUT)
    named = re.search(
        r"以([^，。\x00]{1,30}?)(?:为题|为主题|作题)|[为给替](?!我|咱)([^，。\x00]{1,30}?)(?:写|作|想|做|创作)", text
    )
    if named and "关于" not in text:
        return _tidy(named[1] or named[2])
    kinds = "|".join(pattern for pattern, _ in KIND_WORDS if chinese_count(pattern))
    text = re.sub(rf"(?:的)?(?:{kinds})+(?=[\x00，,。；;！!？?\s]|$)", CUT, text)
    text = _VERB_ZH.sub("", text, count=1)
    text = re.sub(rf"^(?:{kinds})+[，,。：:\s]*", "", text)
    match = _THEME_ZH.search(text.split(CUT)[0].strip()) or _THEME_ZH.search(text.replace(CUT, "").strip())
    theme = _tidy(match[1] if match else text)
    return re.sub(r"^(?:写的是|写一写|描写|写|讲述|讲)(?=.)", "", theme)


def _tidy(text: str) -> str:
    text = re.sub(r"[\s\x00]+", lambda m: " " if CUT not in m.group() else CUT, text)
    text = re.sub(rf"\s*{CUT}\s*", " ", text)
    text = re.sub(r"(?:[\s,，;；:：.。!！?？]|\b(?:and|with|but|in|please|as|an?)\b(?=\W*$))+$", "", text.strip())
    return re.sub(r"^[\s,，;；:：.。!！?？]+", "", text).strip()
