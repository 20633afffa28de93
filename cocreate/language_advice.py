"""Says once that the model cannot write a language, and which command helps. Never in the way of the turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cocreate.events import Noticed
from cocreate.machine import Machine, look
from cocreate.model_desk import threads_of
from cocreate.models.listing import Weighing
from cocreate.models.recommended import Recommended
from cocreate.settings import Settings
from cocreate.wording import size

NAMES = {
    "en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "ar": "Arabic", "hi": "Hindi",
}  # fmt: skip
CHINESE_NAMES = {"en": "英文", "zh": "中文"}


class LanguageAdvice:
    """One for a session: each language is spoken of once."""

    def __init__(
        self,
        settings: Settings,
        model: str,
        languages: Sequence[str],
        machine: Callable[[], Machine] = lambda: look(cards=False),
    ) -> None:
        """`model`: name of the model in use; `languages`: ISO 639-1 codes it writes."""
        self._settings = settings
        self._model = model
        self._languages = tuple(languages)
        self._machine = machine
        self._said: set[str] = set()

    def about(self, language: str) -> Noticed | None:
        """What to tell the writer who asked for `language`; None when the model writes it or it was said before."""
        if language in self._languages or language in self._said:
            return None
        self._said.add(language)
        if self._settings.engine in ("server", "scripted"):
            return Noticed(
                f"{self._model} writes {_listed(self._languages)}; what it makes of {NAMES.get(language, language)} "
                "will be poor.",
                "A local model may help: cocreate models says which this machine can run.",
            )
        best = Weighing(self._settings, self._machine(), threads_of(self._settings)).best(language)
        return self._in_chinese(best) if language == "zh" else self._in_english(language, best)

    def _in_english(self, language: str, best: Recommended | None) -> Noticed:
        wanted = NAMES.get(language, language)
        sentence = f"{self._model} writes {_listed(self._languages)}; what it makes of {wanted} will be poor."
        if best is None:
            return Noticed(sentence, f"No model of the list that fits here writes {wanted}; see: cocreate models")
        helps = f"{best.title} ({size(best.size)}) writes {wanted} and fits this machine"
        return Noticed(sentence, f"{helps}: cocreate models use {best.name}, in the app: /model {best.name}")

    def _in_chinese(self, best: Recommended | None) -> Noticed:
        known = "和".join(CHINESE_NAMES.get(code, code) for code in self._languages)
        sentence = f"{self._model} 只会写{known}，写出的中文不会好。"
        if best is None:
            return Noticed(sentence, "推荐列表里没有这台机器装得下的中文模型，请看：cocreate models")
        helps = f"{best.title}（{size(best.size)}）会写中文，这台机器装得下"
        return Noticed(sentence, f"{helps}：cocreate models use {best.name}，在应用里：/model {best.name}")


def _listed(codes: Sequence[str]) -> str:
    return " and ".join(NAMES.get(code, code) for code in codes)
