"""Sizes that keep the code readable, and names that do not belong in the product."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("memory", "agents", "cocreate", "tui")
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
NOT_OURS = re.compile("|".join(("/wor" + "k/", "/far" + "m/", r"\.\./sha" + "red", "before-" + "stop")))
"""Put together from halves, so that this file does not match itself."""


def product_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def all_code() -> Iterator[Path]:
    yield from product_files()
    for folder in ("tests", "benchmarks", "docs"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_no_file_is_longer_than_four_hundred_lines():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in all_code()}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_sixty_lines():
    long = []
    for path in all_code():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert long == []


def test_a_blanket_except_gives_its_reason_beside_it():
    bare = []
    for path in product_files():
        lines = path.read_text().splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            reasoned = re.search(r"# noqa: BLE001\W+\w+", lines[getattr(node, "lineno", 1) - 1])
            if isinstance(node, ast.ExceptHandler) and _swallows_everything(node) and not reasoned:
                bare.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert bare == []


def _swallows_everything(node: ast.ExceptHandler) -> bool:
    again = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
    return not again and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))


def test_every_module_says_what_it_is_for():
    silent = [path for path in product_files() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_nothing_of_the_machine_it_was_written_on_is_in_the_product():
    names = (*PACKAGES, "tests", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")
    found = []
    for path in (path for name in names for path in (ROOT / name, *(ROOT / name).rglob("*")) if path.is_file()):
        if path.suffix in (".py", ".md", ".toml", ".txt", ".tcss", ".svg", ".json"):
            hits = NOT_OURS.findall(path.read_text(encoding="utf-8"))
            found += [f"{path.relative_to(ROOT)}: {hit}" for hit in hits]
    assert found == []


def test_test_folders_are_no_packages():
    """With importlib mode and our plain package names, an __init__.py under tests/ could shadow a package."""
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []
