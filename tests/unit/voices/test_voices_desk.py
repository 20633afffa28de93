"""Commands about voices, tuning in a real child process, and edits: real SQLite, no weights learned."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from cocreate import commands as c
from cocreate import events as e
from cocreate.commands import TurnOptions
from cocreate.desk import Desk
from cocreate.desk_errors import NotNow
from cocreate.resources import Resources
from cocreate.settings import Settings
from cocreate.voices.commands import VoiceDesk
from cocreate.voices.errors import VoiceRefused
from memory.database import Database
from memory.works import Memory

E = TypeVar("E")
POEM = "The lamp went out before the rain began\nand nobody in the long house asked who carried it away"


class Bench:
    """A voice desk with its memory and desk, on one data directory."""

    def __init__(self, home: Path, tuner: tuple[str, ...]) -> None:
        self.settings = Settings(home=home, cache=home.parent / "cache", engine="scripted")
        self.database = Database.open(home / "cocreate.db")
        self.resources = Resources(self.settings)
        self.memory = Memory(self.database, self.resources.embedder, home / "index")
        self.desk = Desk(self.database, lambda recalled, piece_id: (), "owner")
        self.voices = VoiceDesk(self.settings, self.database, self.memory, self.desk, self.resources, tuner=tuner)

    def send(self, command: c.Command) -> Iterator[e.Event]:
        yield from self.voices.handlers()[type(command)](command)

    def all(self, command: c.Command) -> list[e.Event]:
        return list(self.send(command))

    def one(self, command: c.Command, kind: type[E]) -> E:
        (found,) = (event for event in self.all(command) if isinstance(event, kind))
        return found

    def edited(self, before: str, after: str) -> str:
        """Id of an edit of the writer's."""
        turn = self.desk.start_turn(self.desk.new_piece("rain", "poem").id, "rain", "", TurnOptions(), 1)
        take = self.desk.start_take(turn.id, agent="drafting", stage="draft", label="draft 1")
        self.desk.finish_take(take, before, "stop")
        return self.desk.edit(take, after).id


@pytest.fixture
def bench(tmp_path: Path, tuner: tuple[str, ...]) -> Iterator[Bench]:
    made = Bench(tmp_path / "home", tuner)
    yield made
    made.voices.close()
    made.database.close()


class Apart:
    """A command in a thread of its own; its events can be waited for."""

    def __init__(self, events: Iterator[e.Event]) -> None:
        self._events: queue.SimpleQueue[e.Event] = queue.SimpleQueue()
        self.seen: list[e.Event] = []
        self.thread = threading.Thread(target=lambda: [self._events.put(one) for one in events], daemon=True)
        self.thread.start()

    def until(self, kind: type[E], enough: Callable[[E], bool] = lambda event: True) -> E:
        while True:
            event = self._events.get(timeout=30)
            self.seen.append(event)
            if isinstance(event, kind) and enough(event):
                return event


def test_a_voice_is_tuned_in_a_process_of_its_own_and_listed(bench: Bench):
    bench.memory.add_text("The Lamp", POEM)
    bench.memory.add_text("Borrowed", "Somebody else wrote all of these seven words", reference=True)
    events = bench.all(c.TuneVoice("noir", minutes=1))
    assert isinstance(events[0], e.TuningStarted)
    assert (events[0].works, events[0].continued) == (1, False), "a reference is not the writer's"
    assert [event.step for event in events if isinstance(event, e.TuningProgressed)] == [1, 2, 3, 4, 5, 6]
    finished = events[-1]
    assert isinstance(finished, e.TuningFinished)
    assert (finished.voice.name, finished.voice.version, finished.voice.usable) == ("noir", 1, True)
    assert [work.title for work in finished.voice.works] == ["The Lamp"]
    listed = bench.one(c.ListVoices(), e.VoicesListed)
    assert [voice.name for voice in listed.voices] == ["noir"]
    assert listed.tuning == ""
    assert bench.voices.registry.folder("noir", 1).is_dir()


def test_no_text_is_written_to_the_disk_for_a_tuning(bench: Bench, tmp_path: Path):
    bench.memory.add_text("The Lamp", POEM + " hang here")
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    tuning.until(e.TuningProgressed, lambda event: event.step == 4)
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.name.startswith("cocreate.db"):  # where memory itself keeps it
            assert b"nobody in the long house" not in path.read_bytes()


def test_stop_keeps_the_best_so_far(bench: Bench):
    bench.memory.add_text("The Lamp", POEM)
    bench.voices.writer_waits(True)
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    tuning.until(e.TuningProgressed, lambda event: event.waiting)
    assert bench.one(c.ListVoices(), e.VoicesListed).tuning == "noir"
    assert isinstance(bench.all(c.StopTuning())[0], e.Noticed)
    assert tuning.until(e.TuningFinished).stopped
    with pytest.raises(NotNow, match="No voice is being tuned"):
        bench.all(c.StopTuning())


def test_a_tuning_stands_still_while_the_writer_waits(bench: Bench):
    bench.memory.add_text("The Lamp", POEM)
    bench.voices.writer_waits(True)
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    waited = tuning.until(e.TuningProgressed, lambda event: event.waiting)
    assert waited.step == 0
    bench.voices.writer_waits(False)
    assert tuning.until(e.TuningFinished).stopped is False


def test_one_voice_is_tuned_at_a_time(bench: Bench):
    bench.memory.add_text("The Lamp", POEM)
    bench.voices.writer_waits(True)
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    tuning.until(e.TuningProgressed)
    with pytest.raises(NotNow, match="noir is being tuned"):
        bench.all(c.TuneVoice("letters"))
    with pytest.raises(NotNow, match="noir is being tuned"):
        bench.all(c.ForgetVoice("noir"))
    bench.voices.writer_waits(False)
    tuning.until(e.TuningFinished)


def test_too_little_text_says_how_much_is_missing(bench: Bench):
    bench.memory.add_text("Haiku", "Rain, rain.")
    failed = bench.one(c.TuneVoice("noir"), e.TuningFailed)
    assert "too little text" in failed.sentence
    assert failed.bad_input
    assert bench.one(c.ListVoices(), e.VoicesListed).voices == ()


def test_what_nobody_foresaw_becomes_a_sentence_and_a_log(bench: Bench):
    bench.memory.add_text("The Lamp", POEM + " break it")
    failed = bench.one(c.TuneVoice("noir"), e.TuningFailed)
    assert "ZeroDivisionError" in failed.sentence
    log = (bench.settings.home / "logs" / "errors.log").read_text()
    assert "in tune" in log
    assert "nobody in the long house" not in log


def test_a_killed_tuning_says_so_and_the_next_goes_on_from_its_checkpoint(bench: Bench):
    bench.memory.add_text("The Lamp", POEM + " hang here")
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    tuning.until(e.TuningProgressed, lambda event: event.step == 4)
    running = bench.voices._running
    assert running is not None
    assert running.tuner is not None
    os.kill(running.tuner.pid, signal.SIGKILL)
    assert "SIGKILL" in tuning.until(e.TuningFailed).sentence
    tuning.thread.join(10)
    again = bench.all(c.TuneVoice("noir"))
    assert isinstance(again[0], e.TuningStarted)
    assert again[0].continued
    assert [event.step for event in again if isinstance(event, e.TuningProgressed)] == [5, 6]
    assert isinstance(again[-1], e.TuningFinished)
    assert not (bench.settings.home / "voices" / "noir" / "work").exists()


def test_a_tuner_ends_when_its_studio_is_gone(bench: Bench):
    bench.memory.add_text("The Lamp", POEM + " hang here")
    tuning = Apart(bench.send(c.TuneVoice("noir")))
    tuning.until(e.TuningProgressed, lambda event: event.step == 4)
    assert bench.voices._running is not None
    tuner = bench.voices._running.tuner
    assert tuner is not None
    tuner._outbox.put(None)  # closes our end of the pipe, as the kernel does for a killed studio
    deadline = time.monotonic() + 20
    while tuner._process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert tuner._process.poll() == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (c.TuneVoice("../x"), "cannot hold"),
        (c.TuneVoice("noir", minutes=0), "from 1 to"),
        (c.TuneVoice("noir"), "no works to tune on"),
        (c.TuneVoice("noir", collection="letters"), "no works in the collection 'letters'"),
        (c.UseEdit("nothing", True), "No edit has the id"),
        (c.RollBackVoice("noir", 1), "no voice called noir"),
        (c.ForgetVoice("noir"), "no voice called noir"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_a_next_step(bench: Bench, command: c.Command, said: str):
    with pytest.raises(VoiceRefused, match=said) as refusal:
        bench.all(command)
    assert refusal.value.next_step
    assert bench.voices._running is None


def test_a_voice_is_chosen_for_a_piece_and_forgotten_with_the_voice(bench: Bench):
    bench.memory.add_text("The Lamp", POEM)
    bench.all(c.TuneVoice("noir"))
    bench.all(c.TuneVoice("letters"))
    piece = bench.desk.new_piece("rain", "poem")
    chosen = bench.one(c.UseVoice(piece.id, "letters*0.3+NOIR*0.7", 1.2), e.VoiceChosen)
    assert (chosen.voice, chosen.strength) == ("noir*0.7+letters*0.3", 1.2)
    listed = bench.one(c.ListVoices(piece.id), e.VoicesListed)
    assert (listed.chosen, listed.strength) == ("noir*0.7+letters*0.3", 1.2)
    with pytest.raises(VoiceRefused, match="no voice called nobody"):
        bench.all(c.UseVoice(piece.id, "nobody"))
    with pytest.raises(VoiceRefused, match="strength"):
        bench.all(c.UseVoice(piece.id, "noir", 2.0))
    assert bench.desk.piece(piece.id).voice == "noir*0.7+letters*0.3", "a refusal changes nothing"
    assert isinstance(bench.all(c.ForgetVoice("noir"))[0], e.VoiceForgotten)
    assert bench.desk.piece(piece.id).voice == "letters*0.3"
    bench.all(c.UseVoice(piece.id, "none"))
    assert bench.desk.piece(piece.id).voice == ""


def test_an_edit_is_shown_before_a_tuning_learns_from_it(bench: Bench):
    first = bench.edited("The rain is very nice.\nIt falls.", "The rain has opinions.\nIt falls.")
    again = bench.desk.edit(first, "The rain has opinions.\nIt falls all night.")
    (pair,) = bench.one(c.ListEdits(), e.EditsListed).edits
    assert (pair.id, pair.use) == (again.id, False)
    assert pair.before == "The rain is very nice.\nIt falls.", "against what the studio wrote, not an edit in between"
    assert pair.changes == (("The rain is very nice.\nIt falls.", "The rain has opinions.\nIt falls all night."),)
    bench.memory.add_text("The Lamp", POEM)
    tuned = bench.all(c.TuneVoice("noir", edits=True))[-1]
    assert isinstance(tuned, e.TuningFinished)
    assert [work.title for work in tuned.voice.works] == ["The Lamp"], "nothing is learned that was not marked"
    (pair,) = bench.one(c.UseEdit(pair.id, True), e.EditsListed).edits
    assert pair.use
    tuned = bench.all(c.TuneVoice("noir", edits=True))[-1]
    assert isinstance(tuned, e.TuningFinished)
    assert [(work.work_id, work.title, work.forgotten) for work in tuned.voice.works][1] == (
        f"edit-{again.id}", "your edit", False
    )  # fmt: skip
    (text,) = bench.voices._edits.material()
    assert (text.before, text.text) == (pair.before, pair.after)
    assert bench.one(c.UseEdit(pair.id, False), e.EditsListed).edits[0].use is False
