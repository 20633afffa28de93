"""The agents with the real default models: what a writer gets, and what the critic makes of it."""

import threading
from pathlib import Path

import pytest

from agents.contracts import Sampling
from agents.critique import Critic, repetition
from agents.drafting import Drafting
from agents.ideation import Ideation
from agents.understand import understand
from cocreate.engines.llamacpp import LlamaCppEngine
from memory.embedder import SentenceEmbedder

pytestmark = pytest.mark.model

RAIN = (
    "Rain on the flagstones. The broom leans where you left it.\nOne yellow leaf floats in the blue bowl.\n"
    "I count the drips between the gutter and the drain\nand lose the count when the neighbour coughs.\n"
    "The courtyard holds its breath like a jar.\nBy four the lamps are on. By five it is autumn\n"
    "in the kitchen too, the onions going soft,\nthe cat asleep in the ironing."
)
STOCK = (
    "In the quiet courtyard, autumn rain falls,\nA symphony of whispers, nature's calls.\n"
    "The leaves dance in the gentle breeze,\nA tapestry of gold among the trees.\n"
    "The raindrops sing a sweet refrain,\nOf love and loss, of joy and pain.\n"
    "The courtyard sleeps in soft embrace,\nA moment of peace, a sacred space."
)
OFF = (
    "The train was late again that morning.\nMy brother kept his ticket in his hat.\n"
    "A woman sold us apples by the gate\nand would not take the coin he gave her.\n"
    "We laughed. The engine came at last.\nHe slept against the window all the way.\n"
    "I watched the chimneys turn to fields.\nThe fields were full of crows and wire."
)
SALAD = (
    "Lantern quiet seven the of courtyard autumn\nrain purple whom although fox negotiates\n"
    "quiet courtyard rain the sideways metric autumn\nunder jar if melted Tuesday of brick\n"
    "the who autumn rain courtyard gutter but\nmarble of an into leaves quiet seven"
)


@pytest.fixture(scope="module")
def embedder(embedder_path: Path) -> SentenceEmbedder:
    return SentenceEmbedder(embedder_path, threads=2)


@pytest.fixture(scope="module")
def critic(writer_path: Path, model_cache: Path, embedder: SentenceEmbedder) -> Critic:
    from cocreate.engines.torch_engine import TorchScorer

    return Critic(TorchScorer(writer_path, cache=model_cache, threads=2), embedder)


def test_a_plain_poem_on_the_theme_is_judged_above_stock_off_theme_noise_and_loops(critic: Critic) -> None:
    brief = understand("a poem about autumn rain in a quiet courtyard, 8 lines").brief
    loop = "The autumn rain falls in the courtyard.\n" * 8
    good, stock, off, salad, again = critic.judge([RAIN, STOCK, OFF, SALAD, loop], brief)
    assert good.overall > max(stock.overall, off.overall, salad.overall, again.overall)
    assert stock.novelty.value < good.novelty.value - 2
    assert off.theme_fit.value < good.theme_fit.value - 3
    assert salad.fluency.value < 2
    assert again.overall < 4


def test_drafts_obey_the_length_and_do_not_loop(llama: LlamaCppEngine) -> None:
    brief = understand("a poem about autumn rain in a quiet courtyard, 6 lines").brief
    shown: dict[int, str] = {}

    def progress(index: int, piece: str) -> None:
        shown[index] = shown.get(index, "") + piece

    drafting = Drafting(llama)
    written = drafting.write(brief, [], [], count=2, seed=4, stop=threading.Event(), progress=progress)
    for index, one in enumerate(written):
        lines = [line for line in one.text.splitlines() if line.strip()]
        assert 2 <= len(lines) <= 6
        assert repetition.trigram_rate(one.text) < 0.1
        assert one.text[:-1] in shown[index]  # a comma at the end becomes a full stop once all is there


def test_directions_of_the_real_model_are_single_sentences_that_differ(
    llama: LlamaCppEngine, embedder: SentenceEmbedder
) -> None:
    brief = understand("a poem about autumn rain in a quiet courtyard").brief
    found = Ideation(llama, embedder).find(brief, [], count=3, seed=2, stop=threading.Event())
    assert 1 <= len(found) <= 3
    assert len({direction.text for direction in found}) == len(found)
    assert all("\n" not in direction.text for direction in found)


def test_the_default_sampling_is_the_measured_one() -> None:
    assert (Sampling().temperature, Sampling().min_p, Sampling().dry_multiplier) == (1.0, 0.05, 0.8)


def test_drafts_have_the_stanzas_and_the_first_words_that_were_asked_for(llama: LlamaCppEngine) -> None:
    brief = understand('a poem about salt, 2 stanzas of 3 lines, begin with "There was a jar"').brief
    written = Drafting(llama).write(
        brief, [], [], count=2, seed=5, stop=threading.Event(), progress=lambda index, piece: None
    )
    for one in written:
        assert one.text.startswith("There was a jar")
        assert [len(stanza.splitlines()) for stanza in one.text.split("\n\n")] == [3, 3]


def test_a_gap_is_filled_by_whole_lines_between_ends_that_stay(llama: LlamaCppEngine) -> None:
    text = RAIN.replace("I count the drips between the gutter and the drain\n", "[...]\n")
    found = understand("fill the gap with one line", current_text=text)
    assert found.edit is not None
    [one] = Drafting(llama).edit(
        found.brief, text, found.edit, count=1, seed=3, stop=threading.Event(), progress=lambda index, piece: None
    )
    before, after = text.split("[...]")
    assert one.text.startswith(before)
    assert one.text.endswith(after)
    middle = one.text[len(before) : len(one.text) - len(after)]
    assert middle.strip() == middle != ""
    assert "\n" not in middle
