"""What `cocreate tune role` asks of the trainer: which base, which texts, and where the adapter goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from agents.errors import AgentError
from cocreate.errors import InputRefused
from cocreate.models import resolve
from cocreate.models.hashes import model_hash
from cocreate.private import private_folder
from cocreate.roles.library import PREFIX, own_folder
from cocreate.roles.texts import Gathered, gather
from cocreate.settings import Settings
from cocreate.training import role_ideation
from cocreate.training.job import CARD, Control, Progress, TooLittleText, TuneJob, TuneResult
from cocreate.wording import counted
from memory.sanitise import sanitise

Tell = Callable[[Progress], None]


class NothingGained(AgentError):
    """A tuning came to its end and its adapter is no better than none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the writer wants tuned."""

    role: str
    minutes: float
    base: str = ""
    """Path or hub id; "" is the model in use."""
    out: Path | None = None
    """None: where the studio finds it."""
    seed: int = 0
    rank: int | None = None
    """None: the recipe's own."""


def find_base(settings: Settings, asked: Asked, progress: Callable[[int, int], None]) -> Path:
    """The weights to tune on, fetched where they are the default and not here.

    Raises InputRefused for a model that is not on this machine; and as `cocreate.models.resolve`.
    """
    if not asked.base and settings.engine in ("server", "scripted"):
        whose = "a server's" if settings.engine == "server" else "the scripted engine's"
        raise InputRefused(f"The model in use is {whose}, and cannot be tuned.", "Name one to tune on: --base MODEL")
    wanted = replace(settings, engine="auto", model=asked.base or settings.model)
    return resolve(wanted, progress).path


def place(settings: Settings, asked: Asked, base: Path) -> Path:
    """The folder the adapter will be. Raises InputRefused where something else lies there, and OSError."""
    if asked.out is not None:
        out = asked.out.expanduser().absolute()
        if out.exists() and not (out / CARD).is_file() and not (out.is_dir() and not any(out.iterdir())):
            raise InputRefused(
                f"{sanitise(str(out))} is there already and is no adapter.", "Name a folder that is not there yet."
            )
        return out
    folder = settings.home
    for part in own_folder(settings.home, model_hash(base, settings.cache)).relative_to(settings.home).parts:
        folder = private_folder(private_folder(folder) / part)
    return folder / asked.role


def read_texts(asked: Asked, data: Path | None) -> Gathered:
    """What a role learns from: the literature in `data`; for ideation the lessons that ship.

    With `data`, no run of words of its texts is written by ideas either.

    Raises:
        InputRefused: no folder where there must be one, and as `gather`.
    """
    if data is None and asked.role != "ideation":
        raise InputRefused(f"The role {asked.role} learns from literature.", "Name a folder of texts: --data FOLDER")
    gathered = gather(data, asked.minutes, asked.seed) if data is not None else Gathered((), (), (), ())
    return gathered if asked.role != "ideation" else replace(gathered, texts=role_ideation.texts(), authors=())


def tune_role(
    settings: Settings, asked: Asked, base: Path, gathered: Gathered, tell: Tell, control: Control
) -> TuneResult:
    """Tune in this process; goes on where the same request was broken off. Raises as `cocreate.training.tuning.tune`.

    An adapter that is there stays until a better model than the base has come of it.

    Raises:
        InputRefused: something else lies where the adapter is to go, or it is being tuned.
        TooLittleText: the folder holds too little.
        NothingGained: no step made the texts that were held out likelier.
    """
    out = place(settings, asked, base)
    with _working(out) as work:
        job = TuneJob(
            name=PREFIX + asked.role,
            base=base,
            out=work / "made",
            work_dir=work,
            cache=settings.cache,
            texts=gathered.texts,
            literature=gathered.literature,
            role=asked.role,
            minutes=asked.minutes,
            seed=asked.seed,
            threads=settings.threads,
        )
        result = _tuned(job, asked, tell, control)
        if result.best_step:
            _put_in_place(result.adapter, out, work)
        shutil.rmtree(work, ignore_errors=True)
    if not result.best_step:
        more = "" if asked.role == "ideation" else ", or more text"
        raise NothingGained(
            f"Nothing was gained: after {counted(result.steps, 'step')} the held-out texts were no likelier.",
            f"Give it more than {asked.minutes:g} minutes{more}; what was there before is as it was.",
        )
    return replace(result, adapter=out)


def _put_in_place(made: Path, out: Path, work: Path) -> None:
    """Move the adapter to where it is wanted. Where that fails, both lie in `work`. Raises OSError."""
    if out.exists():
        shutil.rmtree(work / "before", ignore_errors=True)
        out.replace(work / "before")
    made.replace(out)


def _tuned(job: TuneJob, asked: Asked, tell: Tell, control: Control) -> TuneResult:
    from cocreate.training.recipe import role_recipe
    from cocreate.training.tuning import tune

    chosen = None
    if asked.rank is not None:
        chosen = replace(role_recipe(asked.role), rank=asked.rank, alpha=2 * asked.rank)
    try:
        return tune(job, tell, control, chosen)
    except TooLittleText as error:
        if not error.missing:
            raise
        raise TooLittleText(
            f"There is too little text to tune a role: about {error.missing:,} tokens more are needed.",
            "Put more texts into the folder; a few books by several authors are a beginning.",
            error.missing,
        ) from error


@contextmanager
def _working(out: Path) -> Iterator[Path]:
    """The folder of the checkpoints, held against a second tuning of the same adapter."""
    work = private_folder(out.parent / f".{out.name}.work")
    lock = FileLock(work / "lock", timeout=0, mode=0o600)
    try:
        with lock:
            yield work
    except Timeout:
        raise InputRefused(f"{out.name} is being tuned there already.", "Wait for it, or stop it there.") from None
