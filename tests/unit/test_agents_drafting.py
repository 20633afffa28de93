"""The writing agents on the scripted engine: what changes, what stays, what the writer sees."""

import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from agents.changes import spans_to_revise
from agents.cleaning import joined
from agents.contracts import Brief, EditRequest, Evidence, Length, Sampling
from agents.drafting import DRAFTED, VOICED, Drafting, Written
from agents.ideation import Ideation, clean_idea
from agents.style import Style, distance_to
from agents.understand import understand
from cocreate.engines.scripted import ScriptedEngine
from memory.records import Hit, Passage

POEM = "The rain came down.\nIt filled the cup.\n\nA lamp was lit.\nNo one came.\n\nThe moon went home.\nI slept."
BRIEF = Brief("a poem about rain, 3 lines", theme="rain", length=Length(3, "lines"))
REPLY = "Here is a poem:\n\nThe gutter talks.\nThe cat is out.\nI wait.\nA fourth line.\n"


class Words:
    """Unit vectors from hashed words: texts that share words lie near each other."""

    name, dimension = "words", 64

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rows[row, zlib.crc32(word.strip(".,").encode()) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Seen:
    """Collects what the writer sees of each draft."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}

    def __call__(self, index: int, piece: str) -> None:
        self.texts[index] = self.texts.get(index, "") + piece


def hit(text: str, title: str = "Old Rain") -> Hit:
    return Hit(Passage(1, "w", 0, 0, len(text), text), title, "", 0.5)


def go() -> threading.Event:
    return threading.Event()


def test_a_draft_is_the_text_alone_and_as_long_as_asked() -> None:
    seen = Seen()
    written = Drafting(ScriptedEngine([REPLY])).write(BRIEF, [], [], count=1, seed=1, stop=go(), progress=seen)
    assert [(one.text, one.finish) for one in written] == [("The gutter talks.\nThe cat is out.\nI wait.", "stop")]
    assert seen.texts[0].strip() == written[0].text


def test_verse_that_runs_on_as_prose_is_broken_into_lines_and_goes_on_from_there() -> None:
    block = "The rain came down on the roofs and on the yard, on the cart and the grey cat that slept there all day."
    engine = ScriptedEngine([block, "Nobody came.\nThe lamp was lit.\nI slept.\n"])
    seen = Seen()
    [written] = Drafting(engine).write(BRIEF, [], [], count=1, seed=1, stop=go(), progress=seen)
    lines = written.text.split("\n")
    assert lines[1:] == ["Nobody came.", "The lamp was lit."]
    assert block.startswith(lines[0])
    assert len(lines[0]) < 90
    assert engine.history[1].prefill.rstrip() == lines[0]
    assert " ".join(seen.texts[0].split()) == " ".join(written.text.split())


def test_directions_are_spread_over_the_drafts_in_turn() -> None:
    engine = ScriptedEngine()
    Drafting(engine).write(BRIEF, ["a bowl", "a dog"], [], count=3, seed=1, stop=go(), progress=Seen())
    prompts = [request.messages[-1].text for request in engine.history]
    assert ["a bowl" in prompts[0], "a dog" in prompts[1], "a bowl" in prompts[2]] == [True, True, True]
    assert "a dog" not in prompts[0]


@pytest.mark.parametrize(
    ("voice", "strength", "given", "drawn"),
    [("", 1.0, (), DRAFTED.temperature), ("", 1.0, (0.3,), 0.3), ("keats", 1.0, (), VOICED.temperature),
     ("keats", 1.0, (0.3,), VOICED.temperature),
     ("keats", 0.0, (), DRAFTED.temperature), ("keats", 0.0, (0.3,), 0.3)],
)  # fmt: skip
def test_drafts_are_drawn_cool_and_a_voice_at_its_own_temperature(
    voice: str, strength: float, given: tuple[float, ...], drawn: float
) -> None:
    engine, brief = ScriptedEngine([REPLY]), replace(BRIEF, voice=voice, voice_strength=strength)
    Drafting(engine).write(brief, [], [], count=1, seed=1, stop=go(), progress=Seen(), temperatures=given)
    assert {request.sampling.temperature for request in engine.history} == {drawn}


def test_a_change_of_a_span_is_drawn_as_a_draft_is_and_otherwise_only_when_told() -> None:
    engine, text = ScriptedEngine([REPLY]), "Rain fell.\nThe cup was full.\nNobody came."
    change, own = EditRequest("make line 2 darker", 11, 28, "line 2"), Sampling(temperature=0.2)
    for sampling in (None, own):
        Drafting(engine).edit(BRIEF, text, change, count=1, seed=1, stop=go(), progress=Seen(), sampling=sampling)
    assert [request.sampling for request in engine.history] == [DRAFTED, own]


@pytest.mark.parametrize(
    ("form", "voice", "adapter"),
    [("", "", "role/drafting"), ("sonnet", "", "role/drafting"), ("fable", "", "role/drafting"),
     ("myth", "", "role/drafting"), ("letter", "", None), ("toast", "", None), ("letter", "mine", "voice/mine")],
)  # fmt: skip
def test_the_drafting_adapter_writes_what_it_was_taught_and_no_letters(
    form: str, voice: str, adapter: str | None
) -> None:
    engine = ScriptedEngine([REPLY])
    for name in ("role/drafting", "voice/mine"):
        engine.add_adapter(name, "x.gguf")
    brief = replace(BRIEF, form=form, voice=voice)
    Drafting(engine).write(brief, [], [], count=1, seed=1, stop=go(), progress=Seen())
    assert {request.adapter for request in engine.history} == {adapter}


def test_words_to_be_left_out_go_with_every_request_and_things_that_are_no_words_do_not() -> None:
    engine = ScriptedEngine([REPLY])
    brief = replace(BRIEF, must_not=("love", "rhyme", "the old man"))
    agent, text = Drafting(engine), "Rain fell.\nThe cup was full.\nNobody came."
    agent.write(brief, [], [], count=1, seed=1, stop=go(), progress=Seen())
    change = EditRequest("make line 2 darker", 11, 28, "line 2")
    agent.edit(brief, text, change, count=1, seed=1, stop=go(), progress=Seen())
    agent.infill(brief, "a\n", "\nb", length=Length(1, "lines"), count=1, seed=1, stop=go(), progress=Seen())
    assert {request.without for request in engine.history} == {("love",)}
    assert len(engine.history) >= 3


def test_what_fills_a_gap_is_drawn_as_cool_as_a_draft() -> None:
    engine, one = ScriptedEngine([REPLY]), Length(1, "lines")
    Drafting(engine).infill(BRIEF, "a\n", "\nb", length=one, count=1, seed=1, stop=go(), progress=Seen())
    assert {request.sampling for request in engine.history} == {DRAFTED}


def test_every_request_has_its_own_seed_and_the_same_seed_gives_the_same_requests() -> None:
    first, second = ScriptedEngine(), ScriptedEngine()
    for engine in (first, second):
        Drafting(engine).write(BRIEF, [], [], count=4, seed=9, stop=go(), progress=Seen())
    assert len({request.seed for request in first.history}) == 4
    assert first.history == second.history


def test_chinese_briefs_get_chinese_prompts() -> None:
    engine = ScriptedEngine()
    Drafting(engine).write(understand("写一首关于秋雨的诗").brief, [], [], count=1, seed=1, stop=go(), progress=Seen())
    assert "请写一首诗" in engine.history[0].messages[-1].text


def test_stop_keeps_what_was_written() -> None:
    stop = go()
    seen = Seen()

    def progress(index: int, piece: str) -> None:
        seen(index, piece)
        stop.set()

    [written] = Drafting(ScriptedEngine([REPLY])).write(BRIEF, [], [], count=1, seed=1, stop=stop, progress=progress)
    assert written.finish == "stopped"
    assert written.text.startswith("The gutter talks.")
    assert "The cat is out." not in written.text


def test_stopped_before_the_first_word_gives_empty_drafts() -> None:
    stop = go()
    stop.set()
    written = Drafting(ScriptedEngine()).write(BRIEF, [], [], count=2, seed=1, stop=stop, progress=Seen())
    assert written == [Written("", "stopped", 0)] * 2


@pytest.mark.parametrize("message", ["make the second stanza darker", "change line 3", "rewrite the last line"])
def test_outside_the_span_every_character_stays(message: str) -> None:
    edit = understand(message, current_text=POEM).edit
    assert edit is not None
    seen = Seen()
    for one in Drafting(ScriptedEngine()).edit(BRIEF, POEM, edit, count=2, seed=1, stop=go(), progress=seen):
        assert one.text.startswith(POEM[: edit.start])
        assert one.text.endswith(POEM[edit.end :])
        assert one.text != POEM
    first = Drafting(ScriptedEngine(["New words here.\n"])).edit(
        BRIEF, POEM, edit, count=1, seed=1, stop=go(), progress=seen
    )
    assert "New words here." in first[0].text


def test_an_edit_goes_on_from_the_text_before_the_span_and_says_what_is_wanted() -> None:
    engine = ScriptedEngine(["A lamp went out.\nNo one came."])
    edit = understand("make the second stanza darker", current_text=POEM, current_brief=BRIEF).edit
    assert edit is not None
    Drafting(engine).edit(BRIEF, POEM, edit, count=1, seed=1, stop=go(), progress=Seen())
    [request] = engine.history
    assert request.prefill == "The rain came down.\nIt filled the cup.\n\n"
    assert "Make the second stanza darker." in request.messages[-1].text


def test_a_sentence_that_never_ends_does_not_replace_one_that_did() -> None:
    story = "He rowed out. The sea was grey and wide that day, and nobody called. He rowed home."
    start = story.index("The sea")
    weak = Evidence(start, story.index(" He rowed home"), "says little", weight=0.5)
    engine = ScriptedEngine(["The gulls went on and on and on over the"])
    [written] = Drafting(engine).revise(BRIEF, story, [weak], count=1, seed=1, stop=go(), progress=Seen())
    assert written.text == story


def test_progress_of_an_edit_is_the_new_text_of_the_span_only() -> None:
    edit = understand("change line 3", current_text=POEM).edit
    assert edit is not None
    seen = Seen()
    Drafting(ScriptedEngine(["A candle stood.\n"])).edit(BRIEF, POEM, edit, count=1, seed=1, stop=go(), progress=seen)
    assert seen.texts == {0: "A candle stood.\n"}


def test_an_exact_replacement_needs_no_model() -> None:
    engine = ScriptedEngine()
    for message, new in (('replace "lamp" with "lantern"', "lantern"), ("把“lamp”换成“灯笼”", "灯笼")):
        edit = understand(message, current_text=POEM).edit
        assert edit is not None
        [one] = Drafting(engine).edit(BRIEF, POEM, edit, count=3, seed=1, stop=go(), progress=Seen())
        assert one.text == POEM.replace("lamp", new)
    assert engine.history == []


def test_going_on_adds_at_the_end_and_keeps_all_before() -> None:
    edit = understand("continue", current_text=POEM).edit
    assert edit is not None
    reply = "And then the sea.\nAnd then the salt.\nA gull.\nNo gull.\nA fifth line.\n"
    [one] = Drafting(ScriptedEngine([reply])).edit(BRIEF, POEM, edit, count=1, seed=1, stop=go(), progress=Seen())
    assert one.text == POEM + "\nAnd then the sea.\nAnd then the salt.\nA gull.\nNo gull."


def test_a_draft_that_was_cut_off_goes_on_from_its_last_character_to_the_length_of_its_brief() -> None:
    engine = ScriptedEngine(["ter talks.\nThe cat is out.\nI wait.\nA fourth line.\n"])
    seen, cut_off = Seen(), "The gut"
    request = EditRequest("", len(cut_off), len(cut_off), "the end", continues=True)
    [one] = Drafting(engine).edit(BRIEF, cut_off, request, count=1, seed=1, stop=go(), progress=seen)
    assert one.text == "The gutter talks.\nThe cat is out.\nI wait."
    assert cut_off + seen.texts[0].rstrip() == one.text
    assert engine.history[0].prefill == cut_off


def test_a_revision_changes_the_named_lines_only() -> None:
    start = POEM.index("lamp")
    named = [Evidence(start, start + 4, "flat", weight=0.5), Evidence(0, 0, "too long", weight=0.9)]
    [one] = Drafting(ScriptedEngine(["A candle stood.\n"])).revise(
        BRIEF, POEM, named, count=1, seed=1, stop=go(), progress=Seen()
    )
    assert one.text == POEM.replace("A lamp was lit.", "A candle stood.")


def test_without_a_named_span_a_revision_is_the_text_itself() -> None:
    engine = ScriptedEngine()
    [one] = Drafting(engine).revise(BRIEF, POEM, [Evidence(0, 0, "dull")], count=1, seed=1, stop=go(), progress=Seen())
    assert one.text == POEM
    assert engine.history == []


def test_a_part_of_several_stanzas_keeps_them_when_it_is_rewritten() -> None:
    edit = understand("rewrite lines 1 to 4", current_text=POEM).edit
    assert edit is not None
    [one] = Drafting(ScriptedEngine(["One.\n\nTwo.\nThree.\nFour.\nFive.\n"])).edit(
        BRIEF, POEM, edit, count=1, seed=1, stop=go(), progress=Seen()
    )
    assert one.text == "One.\nTwo.\n\nThree.\nFour.\n\nThe moon went home.\nI slept."


def test_a_revision_that_gave_no_word_is_asked_for_again() -> None:
    start = POEM.index("lamp")
    engine = ScriptedEngine(["", "A candle stood.\n"])
    [one] = Drafting(engine).revise(
        BRIEF, POEM, [Evidence(start, start + 4, "flat", weight=0.5)], count=1, seed=1, stop=go(), progress=Seen()
    )
    assert one.text == POEM.replace("A lamp was lit.", "A candle stood.")
    assert engine.history[0].prefill == engine.history[1].prefill


def test_neighbouring_named_lines_are_rewritten_as_one() -> None:
    spans = spans_to_revise(POEM, [Evidence(2, 5, "a", weight=0.2), Evidence(22, 25, "b", weight=0.3)])
    assert [POEM[start:end] for (start, end), _ in spans] == ["The rain came down.\nIt filled the cup."]


def test_a_stopped_revision_leaves_the_old_line() -> None:
    stop = go()
    named = [Evidence(0, 5, "flat", weight=0.5)]
    text = "One long first line is here.\n" + POEM
    reply = "A reply that is long enough to be shown before the line has come to its end at all.\n"
    [one] = Drafting(ScriptedEngine([reply])).revise(
        BRIEF, text, named, count=1, seed=1, stop=stop, progress=lambda i, piece: stop.set()
    )
    assert one == Written(text, "stopped", one.tokens)


def test_directions_are_at_most_as_many_as_asked_distinct_and_clean() -> None:
    replies = ["Here is an idea: rain", "A bowl fills under the broken gutter.",
               "A bowl fills under the broken gutter!",
               "The dog will not come out from under the bed.", "rain rain",
               "Two hands wring a coat over the sink."]  # fmt: skip
    found = Ideation(ScriptedEngine(replies), Words()).find(BRIEF, [], count=3, seed=1, stop=go())
    texts = [direction.text for direction in found]
    assert len(texts) == len(set(texts)) == 3
    assert not any("idea" in text for text in texts)
    assert all(0 <= direction.theme_fit <= 10 and 0 <= direction.novelty <= 10 for direction in found)


def test_a_reply_that_starts_anew_does_not_stick_to_the_beginning_it_was_given() -> None:
    assert joined("The smell of", "One minute, stretched.") == "One minute, stretched."
    assert joined("The smell of", " wet wool") == "The smell of wet wool"


def test_an_idea_that_only_restates_the_theme_is_none() -> None:
    brief = Brief("x", theme="autumn rain in a quiet courtyard")
    assert clean_idea("Autumn rain in the quiet courtyard.", brief) == ""
    assert (
        clean_idea("1. A cracked bowl fills under the eaves. More talk.", brief)
        == "A cracked bowl fills under the eaves."
    )


def test_stopped_ideation_finds_nothing() -> None:
    stop = go()
    stop.set()
    assert Ideation(ScriptedEngine(), Words()).find(BRIEF, [], count=3, seed=1, stop=stop) == []


def test_the_voice_is_nearer_to_the_same_hand() -> None:
    own = ["I do not know why the men went down to the sea, and I did not ask them, for it was not mine to ask."]
    same = "I did not ask why the men were down at the sea, for I do not know that it was mine."
    other = "Gleaming skyscrapers! Buzzing neon! Tokyo never sleeps; neither, darling, shall we!"
    distance = distance_to(own)
    assert distance(own[0]) == pytest.approx(0.0, abs=1e-6)
    assert distance(same) < distance(other)
    assert distance("") == 0.0


def test_without_a_voice_the_text_stays() -> None:
    engine = ScriptedEngine()
    [one] = Style(engine, Words()).adapt(BRIEF, POEM, [], count=1, seed=1, stop=go(), progress=Seen())
    assert one.text == POEM
    assert engine.history == []


def test_the_voice_adapter_is_used_when_the_engine_has_it_and_only_some_lines_change() -> None:
    engine = ScriptedEngine(["Salt on the sill.\n"] * 3)
    engine.add_adapter("voice/mine", "x.gguf")
    brief = Brief("a poem", theme="rain", voice="mine")
    [one] = Style(engine, Words()).adapt(
        brief, POEM, [hit("Salt and tar. The nets are dry.")], count=1, seed=1, stop=go(), progress=Seen()
    )
    assert {request.adapter for request in engine.history} == {"voice/mine"}
    old, new = POEM.split("\n"), one.text.split("\n")
    assert len(old) == len(new)
    assert 1 <= sum(a != b for a, b in zip(old, new, strict=True)) <= 3
