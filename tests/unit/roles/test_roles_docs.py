"""The cards of the adapters, as docs/roles.md shows them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs_of_roles", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_card_shows_data_recipe_figures_and_what_the_adapter_is_bad_at(
    generate: ModuleType, make_role: Callable[..., Path], shipped: Path
):
    make_role(shipped, "style", bad_at="Irony.", figures={"repeated trigrams": [0.4, 0.05]})
    make_role(shipped, "drafting")
    text = generate.roles()
    assert text.index("## role/drafting") < text.index("## role/style")
    assert "| perplexity on held-out texts | 40 | 30 |" in text
    assert "| repeated trigrams | 0.4 | 0.05 |" in text
    assert "| recipe | rank 2, learning_rate 0.002 |" in text
    assert "| seed | 7 |" in text
    assert "ab" * 32 in text
    assert "**Bad at**: Irony." in text and "**Bad at**: not written down." in text
    assert "<summary>3 texts by 2 authors; what was held out for measuring is in italics</summary>" in text
    assert "- **Robert Frost** (2): North of Boston; _A Boy's Will_" in text
    assert "- **W. B. Yeats** (1): The Wild Swans" in text


def test_a_title_cannot_change_the_page(generate: ModuleType):
    assert generate.plain_markdown("a_b* <c> [d](e) | f") == r"a\_b\* \<c\> \[d\](e) \| f"
    assert generate.plain_markdown("Act\n\t\tI") == "Act I"


def test_without_adapters_the_page_says_so(generate: ModuleType, shipped: Path):
    assert generate.roles() == "No adapter ships with this version."
