"""Writes the parts of the documentation that the code already says, between their markers.

    python docs/generate.py --write     bring README.md and docs/ up to date
    python docs/generate.py --check     exit 1 and name the file when something is stale

A marker pair in a document looks like `<!-- generated: keys -->` ... `<!-- end: keys -->`.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocreate.training.job import DataUsed, TuneResult

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/architecture.md", "docs/command-line.md", "docs/roles.md")
BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def keys() -> str:
    """The keys of the app."""
    from tui.commands import KEYS

    return table(("Key", "Where", "What it does"), [(key.keys, key.place, key.help) for key in KEYS])


def slash_commands() -> str:
    """The commands of the composer."""
    from tui.commands import COMMANDS

    rows = [(f"`/{one.name}{' ' + one.arguments if one.arguments else ''}`", one.help) for one in COMMANDS]
    return table(("Command", "What it does"), rows)


def settings() -> str:
    """Every setting with its default."""
    from cocreate.settings import default, descriptions
    from cocreate.settings import keys as setting_keys

    said = descriptions()
    rows = []
    for key in setting_keys():
        value = default(key)
        shown = str(value).lower() if isinstance(value, bool) else str(value) or '""'
        rows.append((f"`{key}`", f"`{shown}`", f"`COCREATE_{key.upper()}`", said[key]))
    return table(("Key", "Default", "Variable", "Meaning"), rows)


def shell_commands() -> str:
    """One line per command of the command line."""
    rows = [(f"`{usage}`", said) for usage, said in commands()]
    return table(("Command", "What it does"), rows)


def help_texts() -> str:
    """The --help of every command, as the program prints it."""
    from cocreate.cli.parser import build_parser

    parser = build_parser()
    parts = [f"## cocreate\n\n```text\n{plain_help(parser)}```"]
    parts += [f"## {one.prog}\n\n```text\n{plain_help(one)}```" for one in leaves(parser)]
    return "\n\n".join(parts)


def graph() -> str:
    """The graph of a turn as LangGraph draws it."""
    from cocreate.graph import draw

    return f"```mermaid\n{draw().strip()}\n```"


def modules() -> str:
    """Every module with the first sentence of its docstring: what it alone is for."""
    parts = []
    for package in ("memory", "agents", "cocreate", "tui"):
        rows = []
        for path in sorted((ROOT / package).rglob("*.py")):
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            name = path.relative_to(ROOT).as_posix()
            rows.append((f"`{name}`", " ".join(said.split("\n\n")[0].split())))
        parts.append(f"### {package}\n\n{table(('File', 'What it is for'), rows)}")
    return "\n\n".join(parts)


def roles() -> str:
    """The cards of the adapters that ship."""
    from cocreate.roles.library import cards, shipped

    return "\n\n".join(map(role_card, cards(shipped()))) or "No adapter ships with this version."


def role_card(card: TuneResult) -> str:
    """One card: what it was made on and from, how, what that changed, and what it is bad at."""
    recipe = [
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in card.recipe.items()
    ]
    figures = {"perplexity on held-out texts": (card.perplexity_before, card.perplexity_after)} | card.figures
    facts = [
        ("base", f"{card.base_name}, SHA-256 `{card.base_sha256}`"),
        ("size", f"{card.bytes / 1e6:.1f} MB"),
        ("recipe", ", ".join(recipe)),
        ("seed", str(card.seed)),
        ("trained", f"{card.steps:,} steps, the best after {card.best_step:,}; {card.seconds / 60:.0f} minutes"),
        ("texts", f"{card.tokens:,} tokens to learn from, {card.held_out:,} held out"),
    ]
    parts = [
        f"## role/{card.role}",
        table(("", ""), facts),
        table(("Measured", "Without", "With"), [(name, f"{a:.3g}", f"{b:.3g}") for name, (a, b) in figures.items()]),
        f"**Bad at**: {card.bad_at or 'not written down.'}",
        data_of(card),
    ]
    return "\n\n".join(parts)


def data_of(card: TuneResult) -> str:
    """The texts by author, folded up; those that were held out are in italics."""
    by_author: dict[str, list[DataUsed]] = {}
    for row in card.data:
        if row.part != "unused":
            by_author.setdefault(row.author or "no author named", []).append(row)
    lines = []
    for author, rows in sorted(by_author.items()):
        titles = "; ".join(title_of(row) for row in rows)
        lines.append(f"- **{plain_markdown(author)}** ({len(rows)}): {titles}")
    count = sum(map(len, by_author.values()))
    head = f"{count:,} texts by {len(by_author)} authors; what was held out for measuring is in italics"
    if all(row.part == "parts" for row in card.data):
        head = "Lessons; a part of them was held out for measuring"
    return f"<details>\n<summary>{head}</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


def title_of(row: DataUsed) -> str:
    """The title, in italics when the text was not learned from."""
    title = plain_markdown(row.title or "untitled")
    return f"_{title}_" if row.part in ("validation", "test") else title


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(text.split()))


SOURCES: dict[str, Callable[[], str]] = {
    "keys": keys,
    "slash-commands": slash_commands,
    "settings": settings,
    "shell-commands": shell_commands,
    "help": help_texts,
    "graph": graph,
    "modules": modules,
    "roles": roles,
}


def commands() -> Iterator[tuple[str, str]]:
    """Yield (usage in short, what it does) of every command that can be run."""
    from cocreate.cli.parser import build_parser

    parser = build_parser()
    yield "cocreate", "Open the app"
    yield "cocreate --continue", "Open the app with the piece you worked on last"
    yield "cocreate --resume ID", "Open the app with this piece"
    for leaf in leaves(parser):
        arguments = " ".join(
            f"[{action.metavar}]" if action.nargs == "?" else f"{action.metavar}{'...' if action.nargs == '+' else ''}"
            for action in leaf._get_positional_actions()
            if action.metavar and not isinstance(action, argparse._SubParsersAction)
        )
        yield f"{leaf.prog} {arguments}".strip(), (leaf.description or "").split(". ")[0].rstrip(".")


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of all commands that can be run, in their order."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                groups = [one for one in child._actions if isinstance(one, argparse._SubParsersAction)]
                if not any(group.required for group in groups):
                    yield child
                yield from leaves(child)


def plain_help(parser: argparse.ArgumentParser) -> str:
    """The help text, the same on every width of terminal and without colour."""
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, max_help_position=26, width=100)  # type: ignore[assignment]
    if hasattr(parser, "color"):
        parser.color = False  # Python 3.14 colours help
    return parser.format_help()


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def refreshed(text: str) -> str:
    """The document with every generated part as the code says it now."""
    return BLOCK.sub(lambda found: f"{found[1]}{SOURCES[found[2]]()}\n{found[3]}", text)


def stale() -> list[str]:
    """Names of the documents that do not say what the code says."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
    return [name for name, text in texts.items() if refreshed(text) != text]


def main() -> int:
    """Check or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    writes = parser.parse_args().write
    names = stale()
    for name in names:
        if writes:
            path = ROOT / name
            path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"{name}: {'brought up to date' if writes else 'stale; run: python docs/generate.py --write'}")
    return 1 if names and not writes else 0


if __name__ == "__main__":
    sys.exit(main())
