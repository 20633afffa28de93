"""What a file says about its text, in the words writers use: brought into the form memory keeps. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from memory.readers.document import Document

_KINDS = {
    "poem": ("poem", "poems", "poetry", "verse", "haiku", "sonnet", "诗", "诗歌", "詩", "詩歌", "词"),
    "story": ("story", "stories", "short story", "novel", "fiction", "prose", "小说", "小說", "故事", "散文"),
    "lyric": ("lyric", "lyrics", "song", "song lyrics", "歌词", "歌詞"),
    "script": ("script", "screenplay", "play", "drama", "teleplay", "剧本", "劇本"),
    "ad": ("ad", "advert", "advertisement", "广告", "廣告"),
    "text": ("text", "essay", "letter", "letters", "article", "note", "post", "文章", "信"),
}
_LANGUAGES = {
    "english": "en",
    "chinese": "zh",
    "mandarin": "zh",
    "中文": "zh",
    "汉语": "zh",
    "英文": "en",
    "英语": "en",
}
_DATE = re.compile(r"\s*(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?(?!\d)")
_COMPACT = re.compile(r"\s*(\d{4})(\d\d)(\d\d)(?!\d)")
_TITLE = ("title", "name", "标题", "標題")
_WRITTEN = ("date", "written", "created", "日期")
_KIND = ("kind", "type", "category", "form", "genre", "体裁")
_LANGUAGE = ("language", "lang", "语言")
_COLLECTION = ("collection", "voice", "合集")
_AUTHOR = ("author", "by", "writer", "作者")
_TAGS = ("tags", "tag", "keywords", "标签")


def document(fields: Mapping[str, Any], text: str, place: str = "") -> Document:
    """A document from the fields of a front matter or a JSON object; keys in any case, unknown ones passed over.

    The collection is what `collection` or `voice` says; else the tag, where there is exactly one.
    """
    known = {str(key).strip().lower(): value for key, value in fields.items()}
    return Document(
        title=_first(known, _TITLE),
        text=text,
        kind=kind(_first(known, _KIND)),
        language=language(_first(known, _LANGUAGE)),
        written=written(_first(known, _WRITTEN)),
        collection=_first(known, _COLLECTION) or _only_tag(known),
        place=place,
        author=_first(known, _AUTHOR),
    )


def kind(said: str) -> str:
    """The kind that a word means, or ""."""
    wanted = said.strip().lower()
    return next((name for name, words in _KINDS.items() if wanted in words), "")


def language(said: str) -> str:
    """ISO 639-1 of "en-GB", "zh_Hans", "Chinese", "中文"; "" for what is neither a code nor known."""
    wanted = said.strip().lower()
    code = re.match(r"([a-z]{2})(?:[-_]|\Z)", wanted)
    return _LANGUAGES.get(wanted) or (code[1] if code else "")


def written(said: str) -> str:
    """ISO 8601 of a date that begins with its year, or "" when there is no such date in the calendar."""
    found = _COMPACT.match(said) or _DATE.match(said)
    if not found:
        return ""
    numbers = [int(number) for number in found.groups() if number]
    try:
        datetime.date(*[*numbers, 1, 1][:3])
    except ValueError:
        return ""
    return "-".join(f"{number:0{4 if place == 0 else 2}d}" for place, number in enumerate(numbers))


def _first(known: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((said for key in keys if (said := _said(known.get(key)))), "")


def _said(value: Any) -> str:
    """A single value as text. Lists and tables are no answer: aliases in YAML can make them endless."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12 else ""


def _only_tag(known: Mapping[str, Any]) -> str:
    value = next((known[key] for key in _TAGS if known.get(key)), "")
    tags = value if isinstance(value, list) else re.split(r"[,，;；]", _said(value))
    names = [name for tag in tags[:2] if (name := _said(tag).lstrip("#").strip())]
    return names[0] if len(names) == 1 else ""
