"""Every command and option of the command line, and nothing that runs them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from cocreate import __version__
from cocreate.errors import BAD_INPUT
from cocreate.settings import bounds, words

DESCRIPTION = "Write with a small studio of agents. Without a command: open the app."
MOST_SEED = 2**32 - 1


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the whole usage."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **named})  # scripts must not break when an option is added

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        sentence = message.removeprefix("argument ")
        sys.stderr.write(f"cocreate: {sentence[:1].upper()}{sentence[1:]}.\n  {self.prog} --help shows the options.\n")
        raise SystemExit(BAD_INPUT)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return an argument type: a whole number from `least` to `most`."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, not {text!r}")
        return value

    return number


def between(least: float, most: float) -> Callable[[str], float]:
    """Return an argument type: a number from `least` to `most`."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least:g} to {most:g}, not {text!r}")
        return value

    return number


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(prog="cocreate", description=DESCRIPTION)
    parser.set_defaults(command="screen")
    parser.add_argument("--version", action="version", version=f"cocreate {__version__}")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--continue", action="store_true", dest="again", help="open the piece you worked on last")
    again.add_argument("--resume", metavar="ID", default="", help="open this piece (see: cocreate pieces list)")
    _add_globals(parser, suppress=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    shared = Parser(add_help=False)
    _add_globals(shared, suppress=True)
    for add in (_write, _ideas, _score, _works, _pieces, _tune, _voice, _taste, _models, _server, _config, _doctor):
        add(commands, shared)
    return parser


def _add_globals(parser: Parser, *, suppress: bool) -> None:
    """Options that may stand before or after the command; suppressed defaults keep the later place from undoing it."""
    unset = argparse.SUPPRESS if suppress else None
    group = parser.add_argument_group("everywhere")
    group.add_argument("--home", type=Path, metavar="PATH", default=unset, help="data directory for this run")
    group.add_argument(
        "--engine", choices=words("engine"), metavar="ENGINE", default=unset, help=", ".join(words("engine"))
    )
    group.add_argument("--model", metavar="MODEL", default=unset, help="GGUF file, model folder or hub id")


def _command(
    commands: argparse._SubParsersAction[Parser], shared: Parser, name: str, said: str, *, more: str = ""
) -> Parser:
    parser = commands.add_parser(name, parents=[shared], help=said, description=f"{said[:1].upper()}{said[1:]}. {more}")
    parser.set_defaults(command=name)
    return parser


def _action(
    actions: argparse._SubParsersAction[Parser], shared: Parser, name: str, said: str, *, json: bool = False
) -> Parser:
    parser = actions.add_parser(name, parents=[shared], help=said, description=f"{said[:1].upper()}{said[1:]}.")
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _write(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    more = "The best text goes to stdout, the story of the turn to stderr."
    parser = _command(commands, shared, "write", "run one turn without the screen", more=more)
    parser.add_argument("brief", metavar="BRIEF", help='what to write, in your own words; "-" reads it from stdin')
    parser.add_argument("--preset", choices=words("preset"), metavar="P", help=f"{', '.join(words('preset'))}")
    for key, said in (
        ("ideas", "directions to look for; 0 skips them"),
        ("drafts", "drafts to write"),
        ("revisions", "rounds of revision"),
    ):
        limit = bounds(key)
        parser.add_argument(f"--{key}", type=whole(limit.least, limit.most), metavar="N", help=said)
    parser.add_argument("--seed", type=whole(0, MOST_SEED), metavar="S", help="draw the same numbers again")
    parser.add_argument("--voice", metavar="V", default=None, help="write in this voice, or mix of voices")
    _strength(parser, None)
    parser.add_argument("--json", action="store_true", help="one JSON event a line; the last is turn_finished")


def _ideas(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    more = (
        "They are numbered and kept as the list of the theme, which the next search replaces. "
        "--push makes new ones from those of the list and adds them."
    )
    parser = _command(commands, shared, "ideas", "find ideas for a theme, and push them further", more=more)
    parser.add_argument("theme", metavar="THEME", help='what they are to be about, in a few words; "-" reads stdin')
    parser.add_argument("-n", type=whole(1, 64), dest="count", metavar="N", help="ideas to find (10; with --push 3)")
    what = parser.add_mutually_exclusive_group()
    ways = ("opposite", "sense", "speaker", "form", "combine")
    what.add_argument(
        "--push", choices=ways, metavar="HOW", default="",
        help="opposite, (another) sense, (another) speaker, (another) form, or combine two",
    )  # fmt: skip
    what.add_argument("--list", action="store_true", help="print the list that is kept")
    what.add_argument("--forget", action="store_true", help="delete the list that is kept")
    parser.add_argument(
        "--of", type=whole(1, 100_000), nargs="+", metavar="N", default=[],
        help="push these ideas of the list; without it the first, or the first two",
    )  # fmt: skip
    parser.add_argument(
        "--language", choices=("en", "zh"), metavar="L", default="", help="en or zh; without it that of the theme"
    )
    parser.add_argument("--seed", type=whole(0, MOST_SEED), metavar="S", help="draw the same numbers again")
    parser.add_argument("--json", action="store_true", help="print one JSON line an idea")


def _score(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    more = (
        'Each line {"text", "theme"?, "kind"?} gives one line '
        '{"novelty", "fluency", "theme_fit", "overall", "evidence", "why", "heat", ...}. '
        "A file that ends in .txt or .md is one text and is shown to be read; --json prints its line."
    )
    parser = _command(commands, shared, "score", "score texts: JSON lines, or one text file", more=more)
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="JSON lines or a text; stdin if left out")
    parser.add_argument("--theme", default="", metavar="T", help="what the text is to be about, where a line says none")
    # No choices here: the kinds stand in `agents`, and the parser loads nothing of it (see refuse_shadows).
    parser.add_argument("--kind", default="story", metavar="KIND", help="kind of text, where a line names none (story)")
    parser.add_argument("--json", action="store_true", help="print JSON; JSON lines always do")


def _works(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "works", "your finished texts, which the studio remembers")
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action", parser_class=Parser)
    adding = _action(actions, shared, "add", "remember files, and the readable ones in folders", json=True)
    adding.add_argument(
        "paths", nargs="+", metavar="PATH", help="txt, md, docx, odt, epub, pdf, html, fountain or jsonl, or a folder"
    )
    adding.add_argument(
        "--collection", metavar="C", default="", help='voice the new works belong to, such as "my noir" or letters'
    )
    adding.add_argument(
        "--reference", action="store_true", help="only to be checked against for copied runs, never recalled"
    )
    listing = _action(actions, shared, "list", "list what is remembered", json=True)
    listing.add_argument("--collection", metavar="C", default=None, help='only this collection; "" is those in none')
    _action(actions, shared, "show", "print one work", json=True).add_argument("id", metavar="ID")
    searching = _action(actions, shared, "search", "find passages by meaning and by words", json=True)
    searching.add_argument("text", metavar="TEXT")
    searching.add_argument("--count", type=whole(1, 100), default=8, metavar="N", help="passages to show (8)")
    searching.add_argument("--collection", metavar="C", default=None, help='only this collection; "" is works in none')
    searching.add_argument("--kind", metavar="KIND", default="", help="only poem, story, lyric, script, ad or text")
    searching.add_argument("--language", metavar="L", default="", help="only works in this language (en, zh)")
    searching.add_argument("--since", metavar="DATE", default="", help="only works written then or later (2024-05)")
    searching.add_argument("--until", metavar="DATE", default="", help="only works written then or before")
    _action(actions, shared, "remove", "forget one work", json=True).add_argument("id", metavar="ID")
    moving = _action(actions, shared, "move", "put one work into another collection", json=True)
    moving.add_argument("id", metavar="ID")
    moving.add_argument("collection", metavar="COLLECTION", help='its name; "" for none')


def _pieces(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "pieces", "the texts you are working on")
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action", parser_class=Parser)
    listing = _action(actions, shared, "list", "list them, newest first", json=True)
    listing.add_argument("--find", metavar="TEXT", default="", help="only those that hold this text")
    _action(actions, shared, "show", "print the text as it stands", json=True).add_argument("id", metavar="ID")
    exporting = _action(actions, shared, "export", "print it with its history, as Markdown or plain text")
    exporting.add_argument("id", metavar="ID")
    exporting.add_argument("--format", choices=("md", "txt"), default="md", help="md: with all takes; txt: the text")


def _tune(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "tune", "tune a voice on your works, or an agent's job on literature")
    actions = parser.add_subparsers(required=True, metavar="WHAT", dest="action", parser_class=Parser)
    voice = _action(actions, shared, "voice", "tune a voice; Ctrl+C keeps the best so far", json=True)
    voice.add_argument("name", metavar="NAME", help="name of the voice; one that is there gets a new version")
    voice.add_argument("--collection", metavar="C", default=None, help="only the works of this collection")
    voice.add_argument("--minutes", type=whole(1, 1440), default=10, metavar="M", help="most time it may take (10)")
    voice.add_argument(
        "--method", choices=("lora", "adalora", "ia3", "prefix"), default="lora", help="lora, adalora, ia3 or prefix"
    )
    voice.add_argument("--edits", action="store_true", help="learn from your marked edits too (cocreate voice edits)")
    said = "tune an adapter for one agent's job; Ctrl+C keeps the best so far"
    role = _action(actions, shared, "role", said, json=True)
    # The names of cocreate.roles.library.ROLES; the parser loads nothing that reads adapters.
    role.add_argument(
        "role", choices=("drafting", "ideation", "style"), metavar="ROLE", help="drafting, ideation, style"
    )
    role.add_argument(
        "--data", type=Path, metavar="FOLDER", help="literature to learn from; ideation has lessons of its own"
    )
    role.add_argument("--minutes", type=whole(1, 1440), default=60, metavar="M", help="most time it may take (60)")
    role.add_argument(
        "--base", metavar="MODEL", default="", help="GGUF file or model folder; the model in use if left out"
    )
    role.add_argument("--out", type=Path, metavar="FOLDER", help="where the adapter goes; left out, the studio uses it")
    role.add_argument(
        "--seed", type=whole(0, MOST_SEED), default=0, metavar="S", help="draw the same numbers again (0)"
    )
    role.add_argument("--rank", type=whole(1, 64), metavar="R", help="of the adapter; higher learns more and is larger")


def _voice(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "voice", "voices tuned on your works, and the voice of a piece")
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action", parser_class=Parser)
    _action(actions, shared, "list", "list them", json=True)
    _action(actions, shared, "show", "what one was tuned on, and what that changed", json=True).add_argument(
        "name", metavar="NAME"
    )
    using = _action(actions, shared, "use", "write a piece in a voice, or in a mix of voices")
    using.add_argument("piece", metavar="PIECE", help="id of the piece (see: cocreate pieces list)")
    using.add_argument("voice", metavar="VOICE", help='a name, a mix such as "noir*0.7+letters*0.3", or none')
    _strength(using, 1.0)
    back = _action(actions, shared, "back", "use another version of a voice")
    back.add_argument("name", metavar="NAME")
    back.add_argument("version", type=whole(1, 100_000), metavar="VERSION")
    _action(actions, shared, "remove", "delete a voice with all its versions").add_argument("name", metavar="NAME")
    card = _action(actions, shared, "card", "what makes your works sound like you, in numbers and examples", json=True)
    card.add_argument("--collection", metavar="C", default=None, help="only the works of this collection")
    card.add_argument("--against", metavar="C", default=None, help="compare with another collection")
    card.add_argument("--text", metavar="FILE", default=None, help='compare with this text; "-" reads it from stdin')
    edits = _action(actions, shared, "edits", "your own changes to takes, which a tuning may learn from", json=True)
    edits.add_argument("--learn", nargs="+", metavar="ID", default=[], help="let tunings with --edits learn from these")
    edits.add_argument("--leave", nargs="+", metavar="ID", default=[], help="do not learn from these")


def _strength(parser: Parser, default: float | None) -> None:
    said = "0 is not at all, 1 as tuned, up to 1.5"
    parser.add_argument("--strength", type=between(0, 1.5), default=default, metavar="S", help=said)


def _taste(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    more = "Without an action: show what is learnt."
    parser = _command(commands, shared, "taste", "what the studio has learnt from what you keep and reject", more=more)
    parser.add_argument("--json", action="store_true", help="print JSON")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", parser_class=Parser)
    for name, said in (
        ("show", "print the shipped weights of the overall score and yours"),
        ("reset", "forget what was learnt; your texts and choices stay"),
        ("undo", "take the last reset back"),
        ("off", "use the shipped weights; nothing is forgotten"),
        ("on", "use your weights again"),
    ):
        _action(actions, shared, name, said)


def _models(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "models", "what this machine can run, which models are used, where they are")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", action="store_true", help="measure the speed of the model in use first")
    actions = parser.add_subparsers(metavar="ACTION", dest="action", parser_class=Parser)
    _action(actions, shared, "fetch", "bring the models in use now")
    using = _action(actions, shared, "use", "take another writing model; fetches it where it is not here")
    using.add_argument("name", metavar="MODEL", help='name of the list, "default", GGUF file, model folder or hub id')
    using.add_argument("--anyway", action="store_true", help="even when it cannot fit into memory")


def _server(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "server", "an OpenAI-compatible server that writes for this studio")
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action", parser_class=Parser)
    _action(actions, shared, "check", "connect, and list what it offers", json=True)
    _action(actions, shared, "login", "keep its key in the system's keyring; read from the terminal or stdin")
    _action(actions, shared, "logout", "take its key out of the keyring")


def _config(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "config", "read and change settings")
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action", parser_class=Parser)
    _action(actions, shared, "path", "print where config.toml is")
    getting = _action(actions, shared, "get", "print one setting, or all of them")
    getting.add_argument("key", nargs="?", metavar="KEY")
    setting = _action(actions, shared, "set", "change one setting in config.toml")
    setting.add_argument("key", metavar="KEY")
    setting.add_argument("value", metavar="VALUE")


def _doctor(commands: argparse._SubParsersAction[Parser], shared: Parser) -> None:
    parser = _command(commands, shared, "doctor", "check the installation, the data directory and the models")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--deep", action="store_true", help="also import torch to ask about the GPU (slow)")
