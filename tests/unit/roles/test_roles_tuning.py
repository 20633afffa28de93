"""cocreate tune role: what is asked of the trainer, what is said, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cocreate.training.tuning as tuning
from agents.contracts import Message
from agents.errors import EngineFailed
from cocreate.cli import main
from cocreate.cli.parser import build_parser
from cocreate.models.hashes import model_hash
from cocreate.roles.library import ROLES, own_folder, roles_for
from cocreate.roles.tuning import _working
from cocreate.training import role_ideation
from cocreate.training.card import read_card
from cocreate.training.job import Started, Stepped, TooLittleText, TrainingText, TuneJob, TuneResult, TuningStopped


@dataclass
class Trainer:
    """Takes the place of the loop that moves weights; leaves a whole adapter."""

    make: Callable[..., Path]
    jobs: list[TuneJob] = field(default_factory=list)
    recipes: list[Any] = field(default_factory=list)
    fails: BaseException | None = None
    stopped: bool = False
    best_step: int = 6

    def __call__(self, job: TuneJob, on_event: Any, control: Any, chosen: Any = None) -> TuneResult:
        self.jobs.append(job)
        self.recipes.append(chosen)
        assert job.work_dir.is_dir()
        if self.fails is not None:
            raise self.fails
        on_event(Started(2, 900, 100, 8, 9))
        on_event(Stepped(9, 9, 3.0, 2.9, 2.8, 1.0, 0.0))
        base = model_hash(job.base, job.cache)
        self.make(job.out.parent, job.role, base, stopped=self.stopped, best_step=self.best_step).rename(job.out)
        return read_card(job.out)


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def trainer(make_role: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Trainer:
    made = Trainer(make_role)
    monkeypatch.setattr(tuning, "tune", made)
    return made


@pytest.fixture
def tune(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `cocreate tune role` on a small base and a folder of two poems; "{}" in an argument is the test's folder."""
    (tmp_path / "base.gguf").write_bytes(b"GGUF base")
    (tmp_path / "texts").mkdir()
    for number in (1, 2):
        (tmp_path / "texts" / f"robert_frost_{number}_verse.txt").write_text(f"Poem {number}\nof two lines")

    def run(role: str, *more: str, data: str = "{}/texts", base: str = "{}/base.gguf") -> Ran:
        argv = ["tune", "role", role, *(("--data", data) if data else ()), *(("--base", base) if base else ()), *more]
        surroundings = {"COCREATE_HOME": str(tmp_path / "home"), "COCREATE_CACHE": str(tmp_path / "cache")}
        code = main([part.replace("{}", str(tmp_path)) for part in argv], environ=surroundings)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def test_an_adapter_goes_where_the_studio_finds_it(tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path):
    ran = tune("drafting", "--minutes", "5", "--seed", "7")
    assert ran.code == 0, ran.err
    (job,) = trainer.jobs
    assert len(job.literature) == 2
    base = model_hash(tmp_path / "base.gguf", tmp_path / "cache")
    assert (job.role, job.minutes, job.seed, trainer.recipes) == ("drafting", 5.0, 7, [None])
    assert sorted((text.author, text.kind, text.language) for text in job.texts)[0][1:] == ("poem", "en")
    assert roles_for(base, tmp_path / "home") == {"role/drafting": own_folder(tmp_path / "home", base) / "drafting"}
    assert "drafting: tuned. Perplexity on held-out texts 40.0 before, 30.0 after (-25%); 1,500 tokens." in ran.out
    assert "900 tokens of 2 works to learn from" in ran.err
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["roles"], "nothing else of the writer's is touched"
    folder = own_folder(tmp_path / "home", base)
    assert [path.name for path in folder.iterdir()] == ["drafting"], "no checkpoint and no lock is left"
    assert (tmp_path / "home" / "roles").stat().st_mode & 0o077 == 0


def test_a_rank_of_ones_own_and_a_place_of_ones_own(tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path):
    ran = tune("style", "--rank", "3", "--out", "{}/mine", "--json")
    assert ran.code == 0, ran.err
    assert (trainer.recipes[0].rank, trainer.recipes[0].alpha) == (3, 6)
    assert (tmp_path / "mine" / "card.json").is_file()
    assert not (tmp_path / "home").exists()
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert [event["event"] for event in events] == ["tuning_started", "tuning_progressed", "role_tuned"]
    assert events[-1]["adapter"] == str(tmp_path / "mine")


def test_an_adapter_that_is_there_is_replaced_and_nothing_else_is(
    tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path
):
    (tmp_path / "novel").mkdir()
    (tmp_path / "novel" / "chapter.txt").write_text("years of work")
    ran = tune("style", "--out", "{}/novel")
    assert ran.code == 2
    assert "is no adapter" in ran.err
    assert (tmp_path / "novel" / "chapter.txt").read_text() == "years of work"
    assert trainer.jobs == []


def test_an_adapter_that_gained_nothing_does_not_take_the_place_of_one_that_did(
    tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path
):
    assert tune("style", "--out", "{}/mine").code == 0
    before = (tmp_path / "mine" / "card.json").read_text()
    trainer.best_step = 0
    ran = tune("style", "--out", "{}/mine", "--seed", "8")
    assert (ran.code, ran.out) == (1, "")
    assert "Nothing was gained" in ran.err and "more text" in ran.err
    assert (tmp_path / "mine" / "card.json").read_text() == before
    trainer.best_step = 3
    assert tune("style", "--out", "{}/mine").code == 0
    assert '"best_step": 3' in (tmp_path / "mine" / "card.json").read_text()


def test_a_tuning_that_was_stopped_is_told_as_such(tune: Callable[..., Ran], trainer: Trainer):
    trainer.stopped = True
    ran = tune("ideation")
    assert ran.code == 130
    assert "stopped early; the best so far is kept" in ran.out
    trainer.fails = TuningStopped("The tuning was stopped before its first step: there is nothing to keep.")
    assert tune("style").code == 130


def test_a_broken_off_tuning_keeps_its_checkpoint_for_the_same_command(
    tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path
):
    trainer.fails = KeyboardInterrupt()
    ran = tune("drafting")
    assert (ran.code, ran.out) == (130, "")
    assert "the same command goes on" in ran.err
    first = trainer.jobs[0]
    assert first.work_dir.is_dir()
    trainer.fails = None
    assert tune("drafting").code == 0
    second = trainer.jobs[1]
    assert (second.work_dir, second.out, list(second.texts)) == (first.work_dir, first.out, list(first.texts))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"data": "{}/nowhere"}, "is not there"),
        ({"data": "{}/base.gguf"}, "is not a folder"),
        ({"base": "{}/nowhere.gguf"}, "no model at"),
        ({"base": "{}/texts"}, "holds no model"),
        ({"data": ""}, "--data"),
    ],
)
def test_what_is_missing_is_said_with_a_next_step(
    tune: Callable[..., Ran], trainer: Trainer, given: dict[str, str], said: str
):
    ran = tune("drafting", **given)
    assert (ran.code, ran.out, trainer.jobs) == (2, "", [])
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 2


def test_an_unknown_role_is_refused_with_those_there_are(tune: Callable[..., Ran]):
    ran = tune("painting")
    assert ran.code == 2
    assert all(role in ran.err for role in ROLES)


def test_ideation_has_lessons_of_its_own_and_writes_no_run_of_a_folder_that_is_given(
    tune: Callable[..., Ran], trainer: Trainer
):
    assert tune("ideation", data="").code == 0
    assert tune("ideation").code == 0
    alone, beside = trainer.jobs
    assert alone.texts == beside.texts and {text.kind for text in alone.texts} == {"ideas"}
    assert not alone.literature and beside.literature


def test_too_little_text_says_what_to_put_where(tune: Callable[..., Ran], trainer: Trainer):
    trainer.fails = TooLittleText(
        "There is too little text to tune a voice.", "Add more with: cocreate works add", 1200
    )
    ran = tune("drafting")
    assert ran.code == 2
    assert "1,200 tokens more" in ran.err and "into the folder" in ran.err
    assert "voice" not in ran.err


class Letters:
    """A tokenizer of single characters."""

    first_token = 0
    tokenizer = SimpleNamespace(eos_token_id=1)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        return [ord(character) for character in text]

    def prompt(self, messages: Sequence[Message], prefill: str) -> list[int]:
        return self.encode("".join(message.text for message in messages) + prefill)


def test_texts_without_a_lesson_in_them_are_too_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tuning, "teacher", lambda role: lambda piece, world, rng: None)
    texts = [
        TrainingText(f"{i}", f"{i}", f"It is {i} as it was {i}, and so it is. " * 20, "story", "en", f"{i:064}")
        for i in range(12)
    ]
    job = TuneJob("x", tmp_path, tmp_path / "out", tmp_path / "work", tmp_path, texts, role="drafting")
    with pytest.raises(TooLittleText) as refused:
        tuning._plan(job, Letters(), None)  # type: ignore[arg-type]
    assert "drafting" in refused.value.sentence
    assert refused.value.next_step


def test_ideas_hold_out_whole_themes_and_their_card_names_the_lessons(tmp_path: Path):
    texts = role_ideation.texts()
    job = TuneJob("x", tmp_path, tmp_path / "out", tmp_path / "work", tmp_path, texts, role="ideation")
    plan = tuning._plan(job, Letters(), None)  # type: ignore[arg-type]
    parts = (plan.split.train, plan.split.validation, plan.split.test)
    sets = [{part.text.content_hash for part in rows} for rows in parts]
    assert all(sets) and sum(map(len, sets)) == len(set().union(*sets)) == len(texts)
    assert plan.steps == round(plan.corpus.tokens * plan.recipe.epochs / plan.recipe.step_tokens)  # type: ignore[union-attr]
    rows = tuning._data(job, plan.split)
    assert [row.work_id for row in rows] == ["ideas.en", "ideas.zh"]
    assert sum(row.tokens for row in rows) == sum(part.tokens for part in sum(parts, ()))
    said = role_ideation.sentences(texts)
    assert len(said) > 6_000 and not any(" | " in line or line.startswith("#") for line in said)


def test_a_model_of_a_server_is_not_tuned(tune: Callable[..., Ran], trainer: Trainer):
    for engine in ("server", "scripted"):
        ran = tune("drafting", "--engine", engine, base="")
        assert ran.code == 2
        assert "--base" in ran.err


def test_a_failure_of_the_model_is_no_bad_input(tune: Callable[..., Ran], trainer: Trainer):
    trainer.fails = EngineFailed("The tuning failed: out of memory.", "Close other programs.")
    assert tune("drafting").code == 1


def test_one_adapter_is_tuned_once_at_a_time(tune: Callable[..., Ran], trainer: Trainer, tmp_path: Path):
    with _working(tmp_path / "mine"):
        ran = tune("drafting", "--out", "{}/mine")
    assert ran.code == 2
    assert "is being tuned there already" in ran.err


def test_the_command_line_knows_the_roles_of_the_library():
    for role in ROLES:
        assert build_parser().parse_args(["tune", "role", role, "--data", "x"]).role == role
