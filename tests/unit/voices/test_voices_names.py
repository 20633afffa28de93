"""Names of voices, mixes, the dial, and what a message says of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contracts import Brief
from agents.understand import understand
from agents.voicing import adapter_name, adapter_of, dial, wants_quotation
from cocreate.engines.scripted import ScriptedEngine
from cocreate.voices.errors import VoiceRefused
from cocreate.voices.names import Part, check_name, check_strength, parse, same, written


@pytest.mark.parametrize("name", ["noir", "my letters", "鲁迅", "Ελύτης", "O'Hara", "été 2024", "नोयर", "ب-2"])
def test_names_in_any_script_are_taken(name: str):
    assert check_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", "..", "../noir", "a/b", "a\\b", "noir*", "a+b", "voice@2", ".hidden", "-x", "con", "LPT1", "x" * 41,
             "a\x00b:c", "none", "夜" * 41, "a\u202eb/"]
)  # fmt: skip
def test_names_that_a_file_system_reads_otherwise_are_refused_with_a_sentence(name: str):
    with pytest.raises(VoiceRefused) as refusal:
        check_name(name)
    assert refusal.value.sentence
    assert refusal.value.next_step


def test_names_that_differ_in_case_or_form_alone_are_the_same():
    assert same("Noir") == same("noir") == same("ＮＯＩＲ")


def test_a_mix_has_one_way_to_be_written():
    assert parse("letters*0.3 + noir*.7") == (Part("noir", 0.7), Part("letters", 0.3))
    assert written(parse("letters*0.3 + noir*.7")) == "noir*0.7+letters*0.3"
    assert written(parse("noir*0.5+noir*0.2")) == "noir*0.7"
    assert written(parse("noir * 1")) == "noir"
    assert written(parse("李白＊0.6＋杜甫×0.4")) == "李白*0.6+杜甫*0.4"
    assert parse(" ") == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["noir", "letters", "鲁迅", "a b"]), st.integers(1, 150)), min_size=1, max_size=4,
        unique_by=lambda item: item[0],
    )
)  # fmt: skip
def test_what_is_written_is_read_as_the_same(parts: list[tuple[str, int]]):
    text = "+".join(f"{name}*{weight / 100}" for name, weight in parts)
    assert parse(written(parse(text))) == parse(text)


@pytest.mark.parametrize(
    "mix", ["noir*", "noir*x", "noir*0", "noir*2", "noir*-1", "a+b+c+d+e", "noir*nan", "+", "a*1*2"]
)
def test_a_mix_that_cannot_be_read_is_refused(mix: str):
    with pytest.raises(VoiceRefused):
        parse(mix)


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan"), float("inf")])
def test_the_dial_has_two_ends(strength: float):
    with pytest.raises(VoiceRefused):
        check_strength(strength)
    assert check_strength(1.5) == 1.5
    assert check_strength(0) == 0


@pytest.mark.parametrize(
    ("message", "turned"),
    [
        ("more like me", 1), ("More like me!", 1), ("make it sound a bit more like me", 1),
        ("less like me", -1),
        ("更像我", 1), ("更像我一点", 1), ("再像我一点", 0), ("多像我一点。", 1), ("少像我一点", -1),
        ("别那么像我", -1),
        ("more like the sea", 0), ("a poem about a man like me", 0), ("more", 0), ("more like me and shorter", 0),
    ],
)  # fmt: skip
def test_more_or_less_like_me_is_understood_in_both_languages(message: str, turned: int):
    assert dial(message) == pytest.approx(0.25 * turned)


def test_a_turn_of_the_dial_changes_the_voice_of_the_text_and_nothing_else():
    brief = Brief("a poem about rain", theme="rain", voice="noir")
    edit = understand("少像我一点", current_text="Rain.\nMore rain.", current_brief=brief).edit
    assert edit is not None
    assert edit.adapts == "less"
    assert understand("more like me").edit is None, "without a text there is nothing to turn"


def test_the_engine_is_asked_for_the_voice_at_its_strength():
    engine = ScriptedEngine()
    for name in ("voice/noir", "voice/noir@0.75", "role/drafting", "letters"):
        engine.add_adapter(name, "")
    brief = Brief("x", voice="noir")
    assert adapter_of(brief, engine, "role/drafting") == "voice/noir"
    assert adapter_of(Brief("x", voice="noir", voice_strength=0.75), engine) == adapter_name("noir", 0.75)
    assert adapter_of(Brief("x", voice="noir", voice_strength=0.0), engine) is None, "strength 0 is the base model"
    assert adapter_of(Brief("x", voice="letters"), engine) == "letters", "a server knows it by its bare name"
    assert adapter_of(Brief("x"), engine, "role/drafting") == "role/drafting"


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("a letter with a quote from my first novel", True), ("begin with an epigraph", True),
        ("写一篇文章，引用我的诗", True),
        ("a poem about rain", False), ("a story, do not quote anything", False), ("写一首诗，不要引用", False),
    ],
)  # fmt: skip
def test_a_quotation_is_asked_for_in_words(request_: str, wanted: bool):
    assert wants_quotation(request_) is wanted
