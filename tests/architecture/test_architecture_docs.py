"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_current(generate):
    assert generate.stale() == [], "run: python docs/generate.py --write"


def test_a_changed_table_would_be_noticed(generate):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert generate.refreshed(text.replace("`drafts`", "`sketches`")) == generate.refreshed(text)
    assert text.replace("`drafts`", "`sketches`") != text


def test_every_source_is_used_in_a_document(generate):
    texts = [(ROOT / document).read_text(encoding="utf-8") for document in generate.DOCUMENTS]
    assert {name for text in texts for _, name, _ in generate.BLOCK.findall(text)} == set(generate.SOURCES)


def test_every_command_is_in_the_readme_and_its_help_in_the_docs(generate):
    from cocreate.cli.parser import build_parser

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    reference = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    names = [leaf.prog for leaf in generate.leaves(build_parser())]
    assert len(names) > 10
    assert [name for name in names if f"`{name}" not in readme or f"## {name}\n" not in reference] == []


def test_every_link_between_the_documents_leads_somewhere():
    broken = []
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if not target.startswith("http") and not (document.parent / target).exists():
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert broken == []


def test_the_changelog_knows_this_version():
    from cocreate import __version__

    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
