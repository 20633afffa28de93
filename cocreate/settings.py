"""One typed object of configuration, passed in. Precedence: command line, environment, config.toml, default.

The string under each field is its documentation: `descriptions()` reads it for the tables in the docs.
Nothing here is read at import, and nothing heavy is imported: the screen's process loads this module too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, cast, get_args, get_origin, get_type_hints

from cocreate.engines.server_address import problem
from cocreate.errors import SettingsRefused
from cocreate.presets import AS_PRESET, DEFAULT, NAMES

CONFIG_FILE = "config.toml"
FOLDER_KEYS = ("home", "cache")
"""Set by the environment (or --home) only: config.toml lies inside home."""

KEYS = ("server_key", "api_key", "openai_api_key", "key", "token", "password")
"""What a writer might call the key of a server. No file takes it."""

SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value must be one of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number must lie between `least` and `most`, both included."""

    least: int
    most: int
    or_preset: bool = False
    """AS_PRESET is allowed too."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A text must be "" or an http address without a user, a password or a query."""


Rule = OneOf | Between | WebAddress | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Keys of config.toml and COCREATE_* variables have these names."""

    home: Path
    """Data directory: the database, the search cache, config.toml. Set by COCREATE_HOME only."""
    cache: Path
    """Where models that can be fetched again lie. Set by COCREATE_CACHE only."""
    engine: Annotated[str, OneOf(("auto", "llamacpp", "torch", "server", "scripted"))] = "auto"
    """auto, llamacpp, torch, server or scripted."""
    model: str = ""
    """Path of a GGUF file or a Hugging Face folder, or a hub id; "" is the default model. With engine server: its name
    there; "" is the first one offered."""
    server_url: Annotated[str, WebAddress()] = ""
    """Address of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1. Used with engine server only."""
    server_wait: Annotated[int, Between(1, 3600)] = 120
    """Seconds to wait for the first word of a server's reply."""
    embedder: str = ""
    """Folder of a sentence-transformers model, or a hub id; "" is the default."""
    threads: Annotated[int, Between(0, 1024)] = 0
    """CPU threads for models; 0 means all cores."""
    context: Annotated[int, Between(512, 131072)] = 2048
    """Tokens of prompt and reply together, per draft."""
    preset: Annotated[str, OneOf(NAMES)] = DEFAULT
    """How much a turn does: quick, balanced or patient."""
    ideas: Annotated[int, Between(0, 64, or_preset=True)] = AS_PRESET
    """Directions to look for in a turn; -1 is as many as the preset says."""
    drafts: Annotated[int, Between(1, 32, or_preset=True)] = AS_PRESET
    """Drafts to write in a turn; -1 is as many as the preset says, of a long piece fewer."""
    revisions: Annotated[int, Between(0, 8, or_preset=True)] = AS_PRESET
    """Rounds of revision in a turn; -1 is as many as the preset says."""
    roles: bool = True
    """Use the adapters tuned for each agent's job where they fit the model."""
    learn_taste: bool = True
    """Let what you keep and reject shift the weights of the overall score; see `cocreate taste`."""
    word_filter: bool = False
    """Mark words on the word filter's lists (English and Chinese) in every draft. Nothing is changed or held back."""
    theme: str = "cocreate-dark"
    """Colours of the screen: a Textual theme name."""
    enter_sends: bool = True
    """Enter sends and Ctrl+J breaks the line; false swaps them."""

    @classmethod
    def load(
        cls,
        home: Path | None = None,
        cache: Path | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, Value] | None = None,
    ) -> Settings:
        """Return the settings in force; raises SettingsRefused, naming the file or variable and the key."""
        return resolve(home, cache, environ or {}, overrides or {}).settings

    @property
    def config_path(self) -> Path:
        """The file `cocreate config` reads and writes."""
        return self.home / CONFIG_FILE


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings and, for each key, where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    """Key to "command line", "COCREATE_ENGINE", the path of config.toml, or "default"."""


def resolve(
    home: Path | None, cache: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Value]
) -> Resolved:
    """Settle every key. `home`, `cache` and `overrides` are the command line's.

    Raises:
        SettingsRefused: an unknown key, or a value of the wrong type or out of range.
    """
    folders = {"home": find_home(home, environ), "cache": find_cache(cache, environ)}
    origins = {
        "home": _folder_origin("home", home, environ),
        "cache": _folder_origin("cache", cache, environ),
    }
    values: dict[str, Value] = {}
    config = folders["home"] / CONFIG_FILE
    from_file = read_config(config)
    for key in keys():
        variable = f"COCREATE_{key.upper()}"
        if key in overrides:
            values[key], origins[key] = check(key, overrides[key], "the command line"), "command line"
        elif environ.get(variable):
            values[key], origins[key] = parse(key, environ[variable], variable), variable
        elif key in from_file:
            values[key], origins[key] = from_file[key], str(config)
        else:
            origins[key] = "default"
    return Resolved(Settings(**folders, **values), origins)  # type: ignore[arg-type]


def find_home(home: Path | None, environ: Mapping[str, str]) -> Path:
    """Data directory: --home, COCREATE_HOME, or the platform's own place."""
    named = home or _named_folder(environ, "COCREATE_HOME")
    if named:
        return named.expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("cocreate", appauthor=False)


def find_cache(cache: Path | None, environ: Mapping[str, str]) -> Path:
    """Model cache: COCREATE_CACHE or the platform's own place."""
    named = cache or _named_folder(environ, "COCREATE_CACHE")
    if named:
        return named.expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("cocreate", appauthor=False)


def keys() -> tuple[str, ...]:
    """Every key that config.toml may hold, in the order of the class."""
    return tuple(field.name for field in fields(Settings) if field.name not in FOLDER_KEYS)


def default(key: str) -> Value:
    """Value of `key` when nobody sets it."""
    found = next(field.default for field in fields(Settings) if field.name == key)
    return cast(Value, found)


def rule(key: str) -> tuple[type, Rule]:
    """Type of `key` and what else its value must satisfy."""
    hint = get_type_hints(Settings, include_extras=True)[key]
    if get_origin(hint) is Annotated:
        kind, limit = get_args(hint)
        return kind, limit
    return hint, None


def bounds(key: str) -> Between:
    """Least and most of a number setting that has them."""
    return cast(Between, rule(key)[1])


def words(key: str) -> tuple[str, ...]:
    """What a setting that takes one of a few words may be."""
    return cast(OneOf, rule(key)[1]).words


def read_config(path: Path) -> dict[str, Value]:
    """Return what config.toml sets, checked; a missing file sets nothing. Raises SettingsRefused."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError as error:
        raise SettingsRefused(
            f"{path.parent} is not a folder.", "Choose another data directory with --home."
        ) from error
    except (PermissionError, IsADirectoryError) as error:
        raise SettingsRefused(f"{path} cannot be read: {error.strerror}.", "Check who owns it.") from error
    except UnicodeDecodeError as error:
        raise SettingsRefused(f"{path} is not UTF-8 text.", "Save it as UTF-8, or delete it.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(f"{path} is not TOML: {error}.", "Mend the line, or delete the file.") from error
    return {key: check(known(key, str(path)), value, str(path)) for key, value in table.items()}


def known(key: str, where: str) -> str:
    """Return `key` if it may be set in `where`; raises SettingsRefused with the nearest known name."""
    if key in keys():
        return key
    if key in FOLDER_KEYS:
        raise SettingsRefused(f"{key} cannot be set in {where}.", f"Set the variable COCREATE_{key.upper()} instead.")
    if key.lower() in KEYS:
        raise SettingsRefused(
            f"The key of a server is never written to a file: {where} takes no {key}.",
            "Give it with: cocreate server login, or in the variable COCREATE_SERVER_KEY.",
        )
    from difflib import get_close_matches

    near = get_close_matches(key, keys(), n=1, cutoff=0.5)
    raise SettingsRefused(
        f"{where} knows no setting {key!r}.", f"Did you mean {near[0]}?" if near else f"There are: {', '.join(keys())}."
    )


def parse(key: str, text: str, where: str) -> Value:
    """Turn text (a variable, an argument) into the value of `key`; raises SettingsRefused."""
    kind, _ = rule(key)
    plain = text.strip()
    if kind is bool:
        return check(key, SWITCHES.get(plain.lower(), plain), where)
    if kind is int:
        try:
            return check(key, int(plain), where)
        except ValueError:
            return check(key, plain, where)
    return check(key, plain, where)


def check(key: str, value: object, where: str) -> Value:
    """Return `value` if `key` may have it; raises SettingsRefused."""
    kind, limit = rule(key)
    if type(value) is not kind:
        raise SettingsRefused(f"{where}: {key} must be {_wanted(kind, limit)}, not {value!r}.", _example(key))
    if isinstance(limit, OneOf) and value not in limit.words:
        raise SettingsRefused(f"{where}: {key} must be {_wanted(kind, limit)}, not {value!r}.", _example(key))
    if isinstance(value, str) and re.fullmatch(r"sk-[\w-]{16,}", value):
        raise SettingsRefused(
            f"{where}: the value of {key} looks like a key, and no key is written to a file.",
            "Give it with: cocreate server login, or in the variable COCREATE_SERVER_KEY.",
        )
    if isinstance(limit, WebAddress) and value and (why := problem(str(value))):
        raise SettingsRefused(f"{where}: {key} {why}.", _example(key))  # the value may hold a key: it is not repeated
    if isinstance(limit, Between) and isinstance(value, int) and not _within(limit, value):
        raise SettingsRefused(f"{where}: {key} must be {_wanted(kind, limit)}, not {value!r}.", _example(key))
    return cast(Value, value)


def descriptions() -> dict[str, str]:
    """The string under each field, for the docs and `cocreate config get`."""
    import ast
    import inspect

    body = cast(ast.ClassDef, ast.parse(inspect.getsource(Settings)).body[0])
    found: dict[str, str] = {}
    for node, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(node.target)] = " ".join(str(after.value.value).split())
    return found


def _within(limit: Between, value: int) -> bool:
    return limit.least <= value <= limit.most or (limit.or_preset and value == AS_PRESET)


def _wanted(kind: type, limit: Rule) -> str:
    """Say in words what a value must be."""
    if isinstance(limit, OneOf):
        return " or ".join((", ".join(limit.words[:-1]), limit.words[-1]))
    if isinstance(limit, Between):
        left = f", or {AS_PRESET} (as the preset says)" if limit.or_preset else ""
        return f"a whole number from {limit.least} to {limit.most}{left}"
    return {bool: "true or false", int: "a whole number"}.get(kind, "text")


def _example(key: str) -> str:
    """Next step for a refused value: the command that puts the default back."""
    value = default(key)
    return f"The default is {str(value).lower() if isinstance(value, bool) else repr(value)}."


def _named_folder(environ: Mapping[str, str], variable: str) -> Path | None:
    return Path(environ[variable]) if environ.get(variable) else None


def _folder_origin(key: str, given: Path | None, environ: Mapping[str, str]) -> str:
    if given:
        return "command line"
    variable = f"COCREATE_{key.upper()}"
    return variable if environ.get(variable) else "default"
