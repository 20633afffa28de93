"""Drafts that rest at the end of a sentence, to be judged, and go on from there."""

import threading

import pytest

from agents.cleaning import Cleaner, closed_verse
from agents.contracts import Brief, EditRequest, Length
from agents.drafting import Drafting
from agents.spans import begun_alike, rest_at
from cocreate.engines.scripted import ScriptedEngine

STORY = Brief("a story about a boat", kind="story", theme="a boat", length=Length(30, "words"))
FIRST = "The boat lay on the sand since May. Nobody asked whose it was, and Dr. Hale did not say."
REST = " She painted it green in June. The children called it the pea. In August it was gone, and so was she, the pea."
VERSE = Brief("a poem about rain, 6 lines", theme="rain", length=Length(6, "lines"))
LINES = "The gutter talks.\nThe cat is out.\nI wait.\nIt stops.\nIt starts.\nI sleep.\n"


class Seen:
    """Collects what the writer sees of each draft."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}

    def __call__(self, index: int, piece: str) -> None:
        self.texts[index] = self.texts.get(index, "") + piece


def go() -> threading.Event:
    return threading.Event()


def begin(engine: ScriptedEngine, seen: Seen, brief: Brief = STORY, count: int = 1, share: float = 1 / 3):
    return Drafting(engine).begin(brief, [], [], count=count, share=share, seed=1, stop=go(), progress=seen)


def test_an_opening_ends_with_the_first_sentence_past_its_share_and_shows_no_more() -> None:
    seen = Seen()
    [one] = begin(ScriptedEngine([FIRST + REST], piece=1), seen)
    assert one.shown.rstrip() == FIRST, "a sentence of eight words is too short, and Dr. ends none"
    assert seen.texts[0] == FIRST
    assert one.reply.finish == "stop"


def test_an_opening_goes_on_from_its_last_character_in_as_many_ways_as_are_wanted() -> None:
    engine, seen = (
        ScriptedEngine([FIRST + REST, REST, " Then it sank, as it had to. We wept a little and went home to bed."]),
        Seen(),
    )
    [one] = begin(engine, Seen())
    written = Drafting(engine).go_on(STORY, [one, one], seed=2, stop=go(), progress=seen)
    assert [request.prefill for request in engine.history[1:]] == [FIRST, FIRST]
    assert engine.history[1].seed != engine.history[2].seed
    assert all(text.text.startswith(FIRST) for text in written)
    assert "green" in written[0].text
    assert "sank" in written[1].text
    assert [FIRST + seen.texts[0].rstrip(), one.shown.rstrip()] == [written[0].text, FIRST], (
        "what is new is shown, once"
    )


def test_verse_rests_at_the_end_of_a_line() -> None:
    seen = Seen()
    [one] = begin(ScriptedEngine([LINES], piece=1), seen, VERSE)
    assert one.shown.rstrip() == "The gutter talks.\nThe cat is out."
    assert seen.texts[0].rstrip() == one.shown.rstrip()


def test_verse_goes_on_in_a_new_stanza_where_its_own_began_one_and_in_the_same_one_where_it_did_not() -> None:
    parted = LINES.replace("The cat is out.\n", "The cat is out.\n\n")
    for text, prefill in ((parted, "The cat is out.\n\n"), (LINES, "The cat is out.\n")):
        engine = ScriptedEngine([text, "I wait.\nIt stops.\nIt starts.\nI sleep.\n"], piece=1)
        [one] = begin(engine, Seen(), VERSE)
        [written] = Drafting(engine).go_on(VERSE, [one], seed=2, stop=go(), progress=Seen())
        assert engine.history[1].prefill.endswith(prefill)
        assert written.text == text.strip()


def test_verse_that_comes_line_by_line_rests_a_line_later() -> None:
    cleaner = Cleaner(Length(6, "lines"), verse=True)
    rested = []
    for line in LINES.splitlines(keepends=True):
        cleaner.feed(line)
        rested.append(cleaner.rests(Length(2, "lines")))
    assert rested[:3] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("It rains.\nI sleep,", "It rains.\nI sleep."),
        ("It rains.\nI sleep—", "It rains.\nI sleep."),
        ("It rains!\nI sleep—\nYou go—", "It rains!\nI sleep—\nYou go—"),
        ("It rains.\n—", "It rains.\n—"),
        ("It rains.\n“Go home”,", "It rains.\n“Go home”."),
        ("天黑了。\n你在哪？——", "天黑了。\n你在哪？"),
        ("天黑了。\n我睡了，", "天黑了。\n我睡了。"),
        ("it rains\nI sleep,", "it rains\nI sleep,"),
    ],
)
def test_verse_cut_at_its_number_of_lines_ends_its_sentence(text: str, closed: str) -> None:
    assert closed_verse(text) == closed


def test_another_end_of_verse_keeps_the_stanzas_and_closes_its_sentence() -> None:
    kept = "The gutter talks.\nThe cat is out.\n\nI wait.\nIt stops.\n\n"
    engine, end = ScriptedEngine(["It starts,\nI sleep,\n"]), EditRequest("", len(kept), len(kept), "", continues=True)
    [one] = Drafting(engine).edit(VERSE, kept, end, count=1, seed=1, stop=go(), progress=Seen())
    assert engine.history[0].prefill == kept
    assert one.text == kept + "It starts,\nI sleep."


def test_a_draft_that_ends_before_its_opening_does_is_sent_on_first() -> None:
    engine = ScriptedEngine(["The boat lay there.", FIRST + REST])
    [one] = begin(engine, Seen())
    assert one.shown.rstrip().startswith("The boat lay there.")
    assert one.shown.rstrip().endswith("Dr. Hale did not say.") or one.shown.rstrip().endswith("since May.")
    assert len(engine.history) == 2


def test_stop_leaves_half_an_opening_as_it_is() -> None:
    stop, engine = go(), ScriptedEngine([FIRST + REST], piece=4)
    seen = Seen()

    def progress(index: int, piece: str) -> None:
        seen(index, piece)
        stop.set()

    [one] = Drafting(engine).begin(STORY, [], [], count=1, share=1 / 3, seed=1, stop=stop, progress=progress)
    assert one.reply.finish == "stopped"
    assert 0 < len(one.shown.rstrip()) < len(FIRST)


def test_words_the_writer_gave_do_not_count_as_an_opening() -> None:
    given = "It was a dark night on the sand, as dark as anybody there could remember."
    engine = ScriptedEngine([" " + FIRST + REST], piece=1)
    brief = Brief("a story about a boat", kind="story", theme="a boat", length=Length(45, "words"), opening=given)
    [one] = begin(engine, Seen(), brief)
    assert one.shown.startswith(f"{given} The boat lay on the sand since May.")
    assert one.shown.rstrip().endswith("say.")


def test_a_paragraph_that_begins_with_a_figure_after_an_opening_is_asked_for_again() -> None:
    engine = ScriptedEngine([f"{FIRST}\n\n{REST}", "1912 was the year.", REST.strip()])
    [one] = begin(engine, Seen())
    one.stream.cleaner.shown = FIRST + "\n"
    [written] = Drafting(engine).go_on(STORY, [one], seed=2, stop=go(), progress=Seen())
    assert "1912" not in written.text
    assert written.text.startswith(FIRST + "\n")


def test_a_draft_that_goes_on_to_its_length_follows_the_direction_it_came_from() -> None:
    engine, whole = ScriptedEngine([REST]), EditRequest("", len(FIRST), len(FIRST), "the end", continues=True)
    Drafting(engine).edit(
        STORY, FIRST, whole, count=1, seed=1, stop=go(), progress=Seen(), direction="told by the boat itself"
    )
    assert "told by the boat itself" in engine.history[0].messages[-1].text


def test_the_rest_of_a_text_begins_after_a_whole_sentence_and_is_never_nothing() -> None:
    text = FIRST + REST
    kept = rest_at(text, 2 / 3)
    assert text.startswith(kept)
    assert kept.endswith("the pea.")
    assert rest_at("One sentence alone, however long it may be.", 2 / 3) == ""


def test_the_rest_of_verse_begins_after_a_stanza_near_by_or_after_a_line() -> None:
    parted = "a\nb\nc\n\nd\ne\nf\n\ng\nh\ni\nj"
    assert rest_at(parted, 2 / 3) == "a\nb\nc\n\nd\ne\nf\n\n"
    assert rest_at(parted, 0.45) == "a\nb\nc\n\n"
    assert rest_at("a\nb\nc\nd\ne\nf", 2 / 3) == "a\nb\nc\nd\n"
    assert rest_at("a\nb\n\nc\nd\ne\nf\ng\nh\ni", 2 / 3) == "a\nb\n\nc\nd\ne\nf\n", "no stanza ends near by"


def test_versions_of_a_draft_share_a_beginning_and_copies_and_strangers_do_not_count() -> None:
    assert begun_alike(FIRST + REST, FIRST + " It was gone the next morning, all of it, oars and all.")
    assert begun_alike(FIRST + REST, FIRST), "one goes on where the other was stopped"
    assert not begun_alike(FIRST, FIRST)
    assert not begun_alike(FIRST + REST, REST + FIRST)
    assert not begun_alike(f"{FIRST} So it went.", f"{FIRST} Then rain.", FIRST), "what the writer gave does not count"
