"""Whole turns in a voice: chosen, dialled, adapted, refused; and no draft is best that copies from memory."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from safetensors.numpy import save_file

from cocreate.commands import AddWorks, Command, ForgetVoice, ListVoices, OpenPiece, TurnOptions, UseVoice, Write
from cocreate.engines.scripted import ScriptedEngine
from cocreate.events import (
    BriefUnderstood,
    CommandRefused,
    DraftScored,
    Event,
    PieceChanged,
    PieceOpened,
    StepStarted,
    TurnFailed,
    TurnFinished,
    VoiceChosen,
    VoicesListed,
)
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.training.job import DataUsed, TuneResult

Send = Callable[[Studio, Command], list[Event]]
E = TypeVar("E")
OWN = "The lamp went out before the rain began and nobody in the long house asked who had carried it away"


def one(events: list[Event], kind: type[E]) -> E:
    return next(event for event in events if isinstance(event, kind))


def tune(studio: Studio, name: str, collection: str | None = None) -> None:
    """A voice whose numbers are of no account to the scripted engine."""
    registry = studio._voices.registry
    with registry.tuning(name) as version:
        folder = registry.folder(name, version)
        folder.mkdir(parents=True)
        save_file({"x": np.ones(1, np.float32)}, folder / "adapter_model.safetensors")
        (folder / "adapter_config.json").write_text("{}")
        data = (DataUsed("w1", "The Lamp", "h", "train", 9),)
        result = TuneResult(name, folder, "lora", 2, "tiny", "", 9, 9, 1, 40.0, 30.0, 6, 6, 1.0, 1.0, 0, {}, data)
        registry.add(name, version, collection, result, ("w1",))


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def studio(open_studio: Callable[..., Studio], engine: ScriptedEngine) -> Iterator[Studio]:
    made = open_studio(engine)
    tune(made, "noir")
    tune(made, "letters")
    return made


def adapters(engine: ScriptedEngine) -> list[str | None]:
    return [request.adapter for request in engine.history]


@pytest.fixture
def quick(headless: TurnOptions) -> TurnOptions:
    return replace(headless, ideas=0, drafts=2, revisions=0)


def test_a_turn_in_a_voice_drafts_and_adapts_with_its_adapter(
    studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions
):
    events = send(studio, Write("a poem about rain", options=replace(quick, voice="Noir", strength=0.8)))
    chosen = one(events, VoiceChosen)
    assert (chosen.voice, chosen.strength) == ("noir", 0.8)
    brief = one(events, BriefUnderstood).brief
    assert (brief.voice, brief.voice_strength) == ("noir", 0.8)
    assert "adapt" in [event.step for event in events if isinstance(event, StepStarted)]
    assert set(adapters(engine)) == {"voice/noir@0.8"}
    assert engine.adapters == ("voice/noir@0.8",)


def test_the_voice_stays_with_the_piece_until_it_is_changed(
    studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions
):
    piece = one(send(studio, Write("a poem about rain", options=quick)), TurnFinished).piece_id
    assert set(adapters(engine)) == {None}
    send(studio, UseVoice(piece, "noir*0.7+letters*0.3"))
    engine.history.clear()
    send(studio, Write("a poem about snow", piece, options=quick))
    assert set(adapters(engine)) == {"voice/noir*0.7+letters*0.3"}
    engine.history.clear()
    send(studio, UseVoice(piece, ""))
    send(studio, Write("a poem about fog", piece, options=quick))
    assert set(adapters(engine)) == {None}
    opened = one(send(studio, OpenPiece(piece)), PieceOpened).piece
    assert (opened.voice, opened.strength) == ("", 1.0)


def test_more_like_me_turns_the_dial_and_adapts_the_text_again(
    studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions
):
    first = one(send(studio, Write("a poem about rain", options=replace(quick, voice="noir"))), TurnFinished)
    engine.history.clear()
    events = send(studio, Write("more like me", first.piece_id, options=quick))
    assert one(events, VoiceChosen).strength == 1.25
    assert one(events, BriefUnderstood).edit == "a few lines, more like you"
    assert set(adapters(engine)) == {"voice/noir@1.25"}
    steps = [event.step for event in events if isinstance(event, StepStarted)]
    assert "ideate" not in steps
    assert "adapt" not in steps, "the change itself is the adaptation"
    takes = one(events, TurnFinished).takes
    assert takes
    assert {take.agent for take in takes} == {"style"}
    assert {take.parent for take in takes} == {
        one(send(studio, OpenPiece(first.piece_id)), PieceOpened).turns[0].takes[0].id
    }
    before, after = first.takes[0].text.splitlines(), takes[0].text.splitlines()
    assert before != after
    assert sum(line in after for line in before) >= len(before) / 2, "all but a few lines stay"


def test_less_like_me_ends_at_the_base_model(studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions):
    options = replace(quick, voice="noir", strength=0.25)
    first = one(send(studio, Write("a poem about rain", options=options)), TurnFinished)
    engine.history.clear()
    events = send(studio, Write("少像我一点", first.piece_id, options=quick))
    assert one(events, VoiceChosen).strength == 0
    assert set(adapters(engine)) == {None}
    assert one(events, TurnFinished).takes


def test_the_dial_without_a_voice_or_works_says_what_is_missing(studio: Studio, send: Send, quick: TurnOptions):
    first = one(send(studio, Write("a poem about rain", options=quick)), TurnFinished)
    failed = one(send(studio, Write("更像我", first.piece_id, options=quick)), TurnFailed)
    assert "no voice to follow" in failed.sentence.lower()
    assert failed.next_step
    assert failed.bad_input


def test_a_voice_that_is_not_there_stops_nothing_halfway(studio: Studio, send: Send, quick: TurnOptions):
    refused = one(send(studio, Write("a poem about rain", options=replace(quick, voice="nobody"))), CommandRefused)
    assert refused.bad_input
    assert "no voice called nobody" in refused.sentence
    assert studio._desk.pieces() == (), "nothing was begun"


def test_a_voice_retuned_or_rolled_back_is_loaded_anew(
    studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions
):
    first = one(send(studio, Write("a poem about rain", options=replace(quick, voice="noir"))), TurnFinished)
    assert engine._adapters["voice/noir"].endswith("v1")
    tune(studio, "noir")
    send(studio, Write("a poem about snow", first.piece_id, options=quick))
    assert engine._adapters["voice/noir"].endswith("v2")


def test_an_engine_holds_a_few_voices_at_once(studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions):
    piece = one(send(studio, Write("a poem about rain", options=replace(quick, drafts=1))), TurnFinished).piece_id
    for strength in (0.5, 0.6, 0.7, 0.8):
        send(studio, UseVoice(piece, "noir", strength))
        send(studio, Write("a poem about rain", piece, options=replace(quick, drafts=1)))
    assert engine.adapters == ("voice/noir@0.6", "voice/noir@0.7", "voice/noir@0.8")


def test_a_forgotten_voice_leaves_engine_and_pieces(
    studio: Studio, send: Send, engine: ScriptedEngine, quick: TurnOptions
):
    first = one(send(studio, Write("a poem about rain", options=replace(quick, voice="noir"))), TurnFinished)
    events = send(studio, ForgetVoice("noir"))
    assert one(events, PieceChanged).piece.voice == ""
    assert engine.adapters == ()
    assert [voice.name for voice in one(send(studio, ListVoices(first.piece_id)), VoicesListed).voices] == ["letters"]


def copying(open_studio: Callable[..., Studio], send: Send, tmp_path: Path, request: str) -> list[Event]:
    """A turn of two drafts, the first of which copies from memory."""
    engine = ScriptedEngine()
    studio = open_studio(engine)
    (tmp_path / "lamp.txt").write_text(OWN)
    send(studio, AddWorks((str(tmp_path / "lamp.txt"),)))
    engine.enqueue(OWN + ".\n", "Rain falls on the slate and on the sea.\nNobody comes.\n")
    return send(studio, Write(request, options=TurnOptions(ideas=0, drafts=2, revisions=0, seed=1, ask=False)))


def test_a_draft_that_copies_from_memory_is_never_the_best_when_there_is_another(
    open_studio: Callable[..., Studio], send: Send, tmp_path: Path
):
    takes = one(copying(open_studio, send, tmp_path, "a story about a lamp"), TurnFinished).takes
    copied = [bool(take.scorecard and take.scorecard.copied) for take in takes if take.scorecard]
    assert any(copied)
    assert copied == sorted(copied), "those that copy come last"
    found = next(take.scorecard.copied[0] for take in takes if take.scorecard and take.scorecard.copied)
    assert found.source == "lamp"


def test_a_quotation_that_was_asked_for_is_not_marked(open_studio: Callable[..., Studio], send: Send, tmp_path: Path):
    events = copying(open_studio, send, tmp_path, "a story about a lamp that begins with a quote")
    assert all(not event.scorecard.copied for event in events if isinstance(event, DraftScored))


def test_settings_of_a_server_leave_the_voice_to_the_server(settings: Settings):
    studio = Studio(replace(settings, engine="server", server_url="http://127.0.0.1:9/v1"), ScriptedEngine())
    try:
        assert studio._voices.voices.canonical("poe") == "poe"
        engine = studio._resources.engine()
        from agents.contracts import Brief
        from agents.errors import AdapterRefused

        with pytest.raises(AdapterRefused, match="does not offer the voice poe"):
            studio._voices.voices.ready(Brief("x", voice="poe"))
        engine.add_adapter("poe", "")
        studio._voices.voices.ready(Brief("x", voice="poe"))
        with pytest.raises(AdapterRefused, match=r"at strength 0\.5"):
            studio._voices.voices.ready(Brief("x", voice="poe", voice_strength=0.5))
    finally:
        studio.close()
