"""`cocreate config`: read and change settings. Comments and order in config.toml survive."""

from __future__ import annotations

from pathlib import Path

from cocreate.cli import jsonl
from cocreate.cli.context import Context
from cocreate.config_file import write_setting
from cocreate.errors import DONE
from cocreate.settings import CONFIG_FILE, FOLDER_KEYS, Value, find_home, keys, known, parse


def run(context: Context) -> int:
    """Call the function of the action."""
    return {"path": _path, "get": _get, "set": _set}[context.args.action](context)


def _path(context: Context) -> int:
    context.print(str(_file(context)))
    return DONE


def _get(context: Context) -> int:
    resolved = context.resolve()
    wanted = context.args.key
    if wanted:
        key = wanted if wanted in FOLDER_KEYS else known(wanted, "cocreate")
        context.print(_plain(getattr(resolved.settings, key)))
        return DONE
    for key in (*FOLDER_KEYS, *keys()):
        context.print(f"{key} = {jsonl.line(_value(getattr(resolved.settings, key)))}  # {resolved.origins[key]}")
    return DONE


def _set(context: Context) -> int:
    path, key = _file(context), context.args.key
    value = parse(known(key, CONFIG_FILE), context.args.value, "cocreate config set")
    write_setting(path, key, value)
    context.note(f"{key} = {jsonl.line(value)} in {path}")
    variable = f"COCREATE_{key.upper()}"
    if context.environ.get(variable):
        context.note(f"  The variable {variable} is set too, and wins over the file.")
    return DONE


def _file(context: Context) -> Path:
    return find_home(context.args.home, context.environ) / CONFIG_FILE


def _value(value: object) -> Value:
    return value if isinstance(value, int) else str(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
