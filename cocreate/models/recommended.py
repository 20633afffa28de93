"""Writing models worth naming: a short, dated list. Only data, and the choice among it.

None but those marked `tried` were ever run by the authors. Hub ids and file names of the others were checked on the
date below in public repositories that fetch exactly these files, not by a download. The order is the order of worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cocreate.models.shape import Shape

DATE = "2026-11-22"
"""When the list was last looked through."""
READABLE = 5.0
"""Tokens a second of one text: about the pace at which a person reads along. Slower models are not recommended."""
MANY = ("en", "zh", "fr", "de", "es", "it", "pt", "ja", "ko", "ru", "ar", "hi")
"""What Qwen3 and the larger Gemma 3 were trained on, as far as the studio can name it (they know more)."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A model of the list."""

    name: str
    """What `cocreate models use` takes."""
    title: str
    setting: str
    """Hub id and file, as the setting `model` takes it; "" is the default model."""
    size: int
    """Bytes of the file."""
    shape: Shape
    licence: str
    languages: tuple[str, ...]
    """ISO 639-1 codes."""
    prose: bool = True
    """Made for ordinary language; False: it is listed, but never recommended for writing."""
    tried: bool = False
    """Run by the authors, with the whole studio."""
    note: str = ""


_APACHE, _GEMMA = "Apache-2.0", "Gemma terms of use"
_TERMS = "Google's own repository asks for an account and consent; this copy does not, its terms hold all the same"

RECOMMENDED = (
    Recommended(
        "qwen3-4b", "Qwen3 4B Q4_K_M", "Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf",
        2_497_280_256, Shape(4_022_000_000, 147_456), _APACHE, MANY,
    ),
    Recommended(
        "gemma-3-4b", "Gemma 3 4B Q4_K_M", "ggml-org/gemma-3-4b-it-GGUF/gemma-3-4b-it-Q4_K_M.gguf",
        2_489_757_856, Shape(3_880_000_000, 139_264), _GEMMA, MANY, note=_TERMS,
    ),
    Recommended(
        "qwen3-1.7b", "Qwen3 1.7B Q4_K_M", "ggml-org/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q4_K_M.gguf",
        1_282_439_264, Shape(2_032_000_000, 114_688), _APACHE, MANY,
    ),
    Recommended(
        "smollm2-1.7b", "SmolLM2 1.7B Q4_K_M",
        "HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF/smollm2-1.7b-instruct-q4_k_m.gguf",
        1_056_000_000, Shape(1_711_000_000, 196_608), _APACHE, ("en",),
    ),
    Recommended(
        "gemma-3-1b", "Gemma 3 1B Q4_K_M", "ggml-org/gemma-3-1b-it-GGUF/gemma-3-1b-it-Q4_K_M.gguf",
        806_058_240, Shape(1_000_000_000, 26_624), _GEMMA, ("en",), note=_TERMS,
    ),
    Recommended(
        "qwen3-0.6b", "Qwen3 0.6B Q8_0", "Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf",
        639_446_688, Shape(751_000_000, 114_688), _APACHE, MANY,
    ),
    Recommended(
        "qwen2.5-coder-0.5b", "Qwen2.5 Coder 0.5B Q4_K_M",
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        491_400_064, Shape(630_167_424, 12_288), _APACHE, ("en", "zh"), prose=False, tried=True,
        note="made for code, not for verse",
    ),
    Recommended(
        "smollm2-360m", "SmolLM2 360M Q8_0",
        "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF/smollm2-360m-instruct-q8_0.gguf",
        386_000_000, Shape(362_000_000, 40_960), _APACHE, ("en",),
    ),
    Recommended(
        "gemma-3-270m", "Gemma 3 270M Q8_0", "ggml-org/gemma-3-270m-it-GGUF/gemma-3-270m-it-Q8_0.gguf",
        291_545_600, Shape(268_000_000, 18_432), _GEMMA, ("en",), note=_TERMS,
    ),
    Recommended(
        "smollm2-135m", "SmolLM2 135M Q4_1", "", 98_362_432, Shape(134_515_008, 23_040), _APACHE, ("en",),
        tried=True, note="the default",
    ),
)  # fmt: skip


def named(name: str) -> Recommended | None:
    """The model of the list with this name; "default" is the default model."""
    wanted = "smollm2-135m" if name.lower() == "default" else name.lower()
    return next((one for one in RECOMMENDED if one.name == wanted), None)


def known_file(setting: str) -> Recommended | None:
    """The model of the list that a setting or a path means, by the name of the file."""
    last = setting.replace("\\", "/").rsplit("/", 1)[-1]
    return next((one for one in RECOMMENDED if one.setting and one.setting.endswith(f"/{last}")), None)


def recommend(
    language: str, fits: Callable[[Recommended], bool], speed: Callable[[int], float] = lambda size: 0.0
) -> Recommended | None:
    """The best of the list that writes `language`, fits, and is not too slow to read along; None when there is none.

    `speed` says the tokens a second one text gets from so many bytes of weights, 0 when nothing was measured yet.
    """
    fitting = [one for one in RECOMMENDED if one.prose and language in one.languages and fits(one)]
    quick = [one for one in fitting if (rate := speed(one.size)) >= READABLE or not rate]
    return next(iter(quick), fitting[-1] if fitting else None)
