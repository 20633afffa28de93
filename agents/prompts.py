"""Prompts are data files. This module loads one and fills its slots; it knows nothing about any agent.

A template (`templates/NAME.LANGUAGE.md`) has a front part between `---` lines (intent, technique, material, judged by:
for people) and sections `# system`, `# user`, `# assistant`, `# prefill`. Slots are `${name}`. A line whose slots are
all empty is left out. What fills a slot is never parsed: it may hold `$`, `{`, `[` or `# user`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import cast

from agents.contracts import Message, Role

_SECTION = re.compile(r"^# (system|user|assistant|prefill)[ \t]*$", re.MULTILINE)
_SLOT = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A filled template."""

    messages: tuple[Message, ...]
    prefill: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it lies in its file."""

    about: Mapping[str, str]
    """The front part: intent, technique, material, judged by."""
    sections: tuple[tuple[str, str], ...]
    """(section name, text with slots), in order."""

    def fill(self, slots: Mapping[str, str]) -> Prompt:
        """Put values into the slots. Raises KeyError for a slot without a value."""
        filled = [(name, _fill(text, slots)) for name, text in self.sections]
        messages = tuple(Message(cast(Role, name), text) for name, text in filled if name != "prefill" and text)
        return Prompt(messages, "".join(text for name, text in filled if name == "prefill"))


@lru_cache(maxsize=64)
def load(name: str, language: str) -> Template:
    """Read a template; languages other than Chinese use the English one. Raises FileNotFoundError."""
    suffix = "zh" if language == "zh" else "en"
    raw = (files("agents") / "templates" / f"{name}.{suffix}.md").read_text(encoding="utf-8")
    _, front, body = raw.split("---\n", 2)
    about = dict(line.split(": ", 1) for line in front.strip().splitlines())
    marks = list(_SECTION.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    sections = tuple((mark[1], body[mark.end() : end].strip("\n")) for mark, end in zip(marks, ends, strict=True))
    return Template(about, sections)


def fill(name: str, language: str, slots: Mapping[str, str]) -> Prompt:
    """Load a template and fill it."""
    return load(name, language).fill(slots)


def _fill(text: str, slots: Mapping[str, str]) -> str:
    kept = []
    for line in text.split("\n"):
        names = _SLOT.findall(line)
        if names and not any(slots[name].strip() for name in names):
            continue
        kept.append(string.Template(line).substitute({name: _defuse(slots[name]) for name in names}))
    return "\n".join(kept)


def _defuse(value: str) -> str:
    """Break the markers of chat templates, so that a writer's text cannot end a turn of the prompt."""
    return value.replace("<|", "< |").replace("[INST]", "[ INST]").replace("<s>", "< s>").replace("</s>", "< /s>")
