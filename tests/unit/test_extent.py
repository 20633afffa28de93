"""What a message says of stanzas, point of view and the first words stands in the brief, and not in its theme."""

import threading

import pytest

from agents.contracts import Brief, Length
from agents.drafting import Drafting
from agents.shaping import breaks_of, equal_breaks
from agents.understand import understand
from cocreate.engines.scripted import ScriptedEngine


@pytest.mark.parametrize(
    ("message", "theme", "lines", "stanzas"),
    [
        ("a poem about salt in three stanzas of four lines", "salt", 12, 3),
        ("a poem about salt, 3 stanzas, 4 lines per stanza", "salt", 12, 3),
        ("a poem in three stanzas about salt, five lines each", "salt", 15, 3),
        ("three four-line stanzas about a dog", "a dog", 12, 3),
        ("a poem in 4 quatrains about the sea", "the sea", 16, 4),
        ("a poem about rain in couplets", "rain", 12, 6),
        ("a poem about the sea, 12 lines in 3 stanzas", "the sea", 12, 3),
        ("song lyrics about leaving home, four stanzas", "leaving home", 16, 4),
        ("a poem about the sea, 12 lines", "the sea", 12, 0),
        ("写一首关于秋雨的诗，三节，每节四行", "秋雨", 12, 3),
        ("写一首三节的诗，每节五行，主题是海", "海", 15, 3),
        ("一首诗，关于海，每节四行，共三节", "海", 12, 3),
        ("一首诗，关于海，分成三段，每段四行", "海", 12, 3),
        ("写一首关于海的诗，12行，分3节", "海", 12, 3),
        ("写一首关于海的诗，八行", "海", 8, 0),
    ],
)
def test_stanzas_and_their_lines_are_read(message: str, theme: str, lines: int, stanzas: int) -> None:
    brief = understand(message).brief
    assert (brief.theme, brief.length, brief.stanzas) == (theme, Length(lines, "lines"), stanzas)


@pytest.mark.parametrize(
    ("message", "theme", "view"),
    [
        ("a story in the first person about a lost key", "a lost key", "first person"),
        ("a first-person story about a lost key", "a lost key", "first person"),
        ("a story about a lost key, told in the third person", "a lost key", "third person"),
        ("a story from the dog's point of view about a walk", "a walk", "the dog"),
        ("a story about a walk, from the point of view of an old dog", "a walk", "an old dog"),
        ("a poem about war through the eyes of a child", "war", "a child"),
        ("a poem about a war told by an old nurse", "a war", "an old nurse"),
        ("用第一人称写一篇关于火车站的小说", "火车站", "第一人称"),
        ("写一篇小说，第一人称，讲一个修表匠", "一个修表匠", "第一人称"),
        ("从狗的视角写一个关于散步的故事", "散步", "狗"),
        ("以孩子的口吻写一首关于月亮的诗", "月亮", "孩子"),
        ("a story about the first person on the moon", "the first person on the moon", ""),
        ("以月亮为题写一首诗", "月亮", ""),
    ],
)
def test_the_point_of_view_is_read(message: str, theme: str, view: str) -> None:
    brief = understand(message).brief
    assert (brief.theme, brief.view) == (theme, view)


@pytest.mark.parametrize(
    ("message", "theme", "opening"),
    [
        ('a poem about a lake, begin with "The lake was still"', "a lake", "The lake was still"),
        ('a story that starts with the words "Nobody knew, no birds," about a thief', "a thief",
         "Nobody knew, no birds,"),
        ("Write a poem about snow. The first line is “It don't snow here”.", "snow", "It don't snow here"),
        ("a poem about a lake that begins with 'I'm not a lake'", "a lake", "I'm not a lake"),
        ("以“湖面”开头写一首诗，写秋天", "秋天", "湖面"),
        ("写一首关于秋天的诗，以“湖面静了”这句话作为开头", "秋天", "湖面静了"),
        ("写一首诗，开头是「湖面静了」，关于秋天", "秋天", "湖面静了"),
        ("a story about how it starts with a kiss", "how it starts with a kiss", ""),
    ],
)  # fmt: skip
def test_the_words_a_text_begins_with_are_read(message: str, theme: str, opening: str) -> None:
    brief = understand(message).brief
    assert (brief.theme, brief.opening, brief.must_not) == (theme, opening, ())


def test_the_longest_message_of_such_words_is_read() -> None:
    # A rule that backtracks would take minutes here.
    for piece in (
        "from the dog's ",
        "three stanzas of ",
        "in the first ",
        "begin with ",
        "between line ",
        "第三节和",
        "以“",
    ):
        understand(("a poem " + piece * 2000)[:7900])


def test_blank_lines_part_stanzas_of_equal_size() -> None:
    assert equal_breaks(12, 3) == (4, 8)
    assert equal_breaks(14, 4) == (4, 8, 11)
    assert equal_breaks(2, 5) == (1,)
    assert breaks_of(understand("a villanelle about tides").brief) == (3, 6, 9, 12, 15)
    assert breaks_of(understand("a haiku about snow").brief) == ()
    assert breaks_of(understand("一首五言绝句：春雨").brief) == ()
    assert breaks_of(understand("a sonnet on losing keys").brief) is None
    assert breaks_of(understand("a poem about snow").brief) is None


def write(brief: Brief, *replies: str) -> tuple[str, str, ScriptedEngine]:
    engine, shown = ScriptedEngine(replies), [""]

    def see(index: int, piece: str) -> None:
        shown[0] += piece

    [one] = Drafting(engine).write(brief, [], [], count=1, seed=1, stop=threading.Event(), progress=see)
    return one.text, shown[0].strip(), engine


def test_stanzas_are_parted_where_they_end_and_nowhere_else() -> None:
    brief = Brief("x", theme="rain", length=Length(6, "lines"), stanzas=2)
    text, shown, _ = write(brief, "One.\n\nTwo.\nThree.\nFour.\nFive.\n\nSix.\nSeven.\n")
    assert text == shown == "One.\nTwo.\nThree.\n\nFour.\nFive.\nSix."


def test_a_poem_that_ended_too_early_goes_on_in_a_new_stanza() -> None:
    brief = Brief("x", theme="rain", length=Length(4, "lines"), stanzas=2)
    text, shown, engine = write(brief, "One.\nTwo.\n", "Three.\nFour.\nFive.\n")
    assert text == shown == "One.\nTwo.\n\nThree.\nFour."
    assert [request.prefill for request in engine.history] == ["", "One.\nTwo.\n\n"]


def test_talk_after_a_poem_that_is_too_short_is_dropped_and_the_poem_goes_on() -> None:
    brief = Brief("x", theme="rain", length=Length(3, "lines"))
    text, _, engine = write(brief, "One.\n\nI hope you like it!\n", "Two.\nThree.\n")
    assert text == "One.\nTwo.\nThree."
    assert engine.history[1].prefill == "One.\n"


def test_talk_about_the_poem_in_its_place_is_dropped_and_the_poem_goes_on() -> None:
    brief = Brief("x", theme="rain", length=Length(3, "lines"))
    talk = "A poetess captures the essence of a scene through language and imagery, and more.\n"
    text, shown, _ = write(brief, "One came.\n", talk, "The final sentence of this verse: two.\n", "Two.\nThree.\n")
    assert text == shown == "One came.\n\nTwo.\nThree."


def test_the_last_line_may_run_to_its_pause_and_ends_with_a_full_stop() -> None:
    brief = Brief("x", theme="rain", length=Length(2, "lines"))
    last = "You said you did not mean it but it was dark and I was standing on the stairs with your letter, "
    text, _, _ = write(brief, "I saw it.\n" + last + "and there was more of it that nobody heard.")
    assert text == "I saw it.\n" + last.rstrip(", ") + "."
    bare, _, _ = write(brief, "I saw it\nand you did,\n")
    assert bare == "I saw it\nand you did,"


def test_a_long_line_that_goes_on_with_a_poem_begins_without_a_space() -> None:
    brief = Brief("x", theme="rain", length=Length(2, "lines"), stanzas=2)
    text, _, _ = write(brief, "One.", " Salt is a delicate gift and a bitter one to have in a house by the sea\n")
    assert text == "One.\n\nSalt is a delicate gift and a bitter one to have in a house by the sea"


def test_prose_that_ended_too_early_goes_on_in_a_new_paragraph_and_a_reply_without_words_is_asked_again() -> None:
    brief = Brief("x", kind="story", theme="rain", length=Length(12, "words"))
    text, shown, engine = write(brief, "It rained all day.", "", "", "Nobody came to the old house by the sea. No one.")
    assert text == shown == "It rained all day.\n\nNobody came to the old house by the sea."
    assert engine.history[1].prefill == "It rained all day.\n\n"
    assert len({request.seed for request in engine.history}) == 4


def test_a_draft_is_sent_on_only_so_often() -> None:
    _, _, engine = write(Brief("x", theme="rain", length=Length(9, "lines")), "One.", *[""] * 20)
    assert len(engine.history) == 5


def test_prose_ends_with_a_sentence_near_the_length() -> None:
    brief = Brief("x", kind="ad", theme="bread", length=Length(20, "words"))
    near = "We open at five. The bread is warm and the street is dark and the coffee is on."
    text, _, _ = write(brief, near + " " + "And then there is much more to be said of it all. " * 3)
    assert text == near
    long = "We open at five, and the bread is warm when you come in from the rain. "
    text, _, _ = write(brief, long + "And " + "so it goes on and on " * 20 + ".")
    assert text == long.strip()


def test_prose_does_not_end_after_a_shortened_title() -> None:
    brief = Brief("x", kind="ad", theme="bread", length=Length(10, "words"))
    text, _, _ = write(brief, "We open at five. The bread is baked by Mr. Hale and his son. ")
    assert text == "We open at five. The bread is baked by Mr. Hale and his son."


@pytest.mark.parametrize("opening", ["The lake was still", '"No," she said.', "Here is a poem: 1. **Salt**", "湖面"])
@pytest.mark.parametrize("kind", ["poem", "story"])
def test_every_draft_begins_with_the_words_that_were_asked_for(opening: str, kind: str) -> None:
    length = Length(3, "lines") if kind == "poem" else Length(20, "words")
    brief = Brief("x", kind=kind, theme="a lake", length=length, opening=opening)  # type: ignore[arg-type]
    reply = " and nothing moved.\nA heron stood there, grey as the water it stood in.\nIt left. \n"
    text, shown, engine = write(brief, reply + "The reeds were loud all that night.")
    assert text == shown
    assert text.startswith(opening + " and nothing moved.\n")
    assert engine.history[0].prefill == opening


def test_the_sampling_of_a_call_is_that_of_its_requests() -> None:
    from agents.contracts import Sampling

    engine = ScriptedEngine()
    cool = Sampling(temperature=0.5)
    Drafting(engine).write(Brief("x", theme="rain"), [], [], count=2, seed=1, stop=threading.Event(),
                           progress=lambda i, piece: None, sampling=cool)  # fmt: skip
    assert {request.sampling for request in engine.history} == {cool}
