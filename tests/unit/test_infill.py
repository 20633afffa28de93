"""A gap is found, filled and joined: both ends stay byte for byte, and the best of several is kept."""

import random
import threading
from collections.abc import Sequence

import pytest

from agents.contracts import Brief, Length
from agents.drafting import Drafting
from agents.errors import BadBrief
from agents.gaps import find_gap, seam_at
from agents.infill import TRIES_LEAST, TRIES_MOST, Joined, after_shown, joins_by, tries_for
from agents.understand import understand
from cocreate.engines.scripted import ScriptedEngine

POEM = "The rain came down.\nIt filled the cup.\n\nA lamp was lit.\nNo one came.\n\nThe moon went home.\nI slept."
POEM_ZH = "雨落在院子里\n杯子满了\n\n有人点了灯\n没有人来"
STORY = "Ada sold maps. A boy came in, wet. She looked up.\n\nHe wanted the moon. She gave him a pencil."
BRIEF = Brief("a poem about rain", theme="rain")
PROSE = Brief("a story about a map", kind="story", theme="a map", length=Length(60, "words"))


def go() -> threading.Event:
    return threading.Event()


def quiet(index: int, piece: str) -> None:
    """Nobody watches."""


def fill(message: str, text: str, replies: Sequence[str], brief: Brief = BRIEF, **options: object) -> list[str]:
    edit = understand(message, current_text=text, current_brief=brief).edit
    assert edit is not None
    assert edit.fills
    engine = ScriptedEngine(replies)
    written = Drafting(engine).edit(brief, text, edit, count=1, seed=1, stop=go(), progress=quiet)
    return [one.text for one in written]


@pytest.mark.parametrize(
    ("message", "text", "start", "end", "target"),
    [
        ("write what happens between line 3 and line 4", POEM, "A lamp was lit.", "\nNo one",
         "between line 3 and line 4"),
        ("add a line between lines 1 and 2", POEM, "came down.", "\nIt", "between line 1 and line 2"),
        ("add a stanza between the first and second stanza", POEM, "the cup.", "\n\nA lamp",
         "between the first stanza and the second stanza"),
        ("write a bridge between the second stanza and the third stanza", POEM, "No one came.", "\n\nThe moon", None),
        ('insert two lines between "It filled the cup." and "A lamp was lit."', POEM, "the cup.", "\n\nA lamp", None),
        ("what happens between the first and second paragraphs? write it", STORY, "She looked up.", "\n\nHe", None),
        ("在第一节和第二节之间加一节", POEM_ZH, "杯子满了", "\n\n有人", "第1节和第2节之间"),
        ("写出第三、四行之间发生的事", POEM_ZH, "点了灯", "\n没有", None),
        ("在“杯子满了”和“有人点了灯”之间补两行", POEM_ZH, "杯子满了", "\n\n有人", None),
    ],
)  # fmt: skip
def test_a_place_between_two_parts_is_found_and_replaces_nothing(
    message: str, text: str, start: str, end: str, target: str | None
) -> None:
    edit = understand(message, current_text=text, current_brief=BRIEF).edit
    assert edit is not None
    assert (edit.fills, edit.continues, edit.start) == (True, False, edit.end)
    assert text[: edit.start].endswith(start)
    assert text[edit.end :].startswith(end)
    assert target is None or edit.target == target


@pytest.mark.parametrize("mark", ["...", "[...]", "……", "…", "[ … ]", "［……］", "(...)", "____", "[空缺]", "  ...  "])
@pytest.mark.parametrize(
    "message", ["fill the gap", "write the missing lines", "complete it", "补上空缺", "把空白处填上"]
)
def test_a_line_of_nothing_but_a_mark_is_a_gap_when_the_message_asks_to_fill_it(mark: str, message: str) -> None:
    text = f"The rain came down.\n{mark}\nNo one came... not now.\nI slept."
    edit = understand(message, current_text=text, current_brief=BRIEF).edit
    assert edit is not None
    assert edit.fills
    assert (text[: edit.start].strip(), text[edit.end :].strip()) == (
        "The rain came down.", "No one came... not now.\nI slept."
    )  # fmt: skip


@pytest.mark.parametrize(
    "message",
    ["make the second stanza darker", "continue", "change line 3", "the rhythm between line 1 and line 2 is off",
     "replace \"lamp\" with \"gap\"", "把第二节改得更暗", "续写", "fill it with birds"],
)  # fmt: skip
def test_other_wishes_fill_no_gap(message: str) -> None:
    edit = understand(message, current_text=POEM, current_brief=BRIEF).edit
    assert edit is None or not edit.fills


def test_a_new_text_about_a_gap_is_a_new_text() -> None:
    assert understand("write a poem about the gap between two houses", current_text=POEM).edit is None


@pytest.mark.parametrize(("message", "said"), [("fill the gap", "no gap"), ("补上空缺", "空缺")])
def test_a_gap_that_is_not_there_is_refused_with_a_next_step(message: str, said: str) -> None:
    with pytest.raises(BadBrief, match=said) as caught:
        understand(message, current_text=POEM)
    assert caught.value.next_step


@pytest.mark.parametrize("seed", range(6))
def test_the_ends_stay_byte_for_byte_wherever_the_gap_is(seed: int) -> None:
    pick = random.Random(seed)
    for text in (POEM, STORY, POEM_ZH, "  one\n\ttwo  \n \n\nthree\u3000four.\n\n"):
        start, end = sorted(pick.randint(0, len(text)) for _ in range(2))
        before, after = text[:start], text[end:]
        [one] = Drafting(ScriptedEngine()).infill(
            BRIEF, before, after, length=Length(2, "lines"), count=1, seed=seed, stop=go(), progress=quiet
        )
        assert one.text.startswith(before)
        assert one.text.endswith(after)


def test_missing_white_space_is_that_of_the_other_side() -> None:
    middle = "A dog came in. It sat down. It was wet.\n"
    story = fill("write what happens between the first and the second sentence", STORY, [middle] * 3, PROSE)
    assert story == [STORY.replace("Ada sold maps. ", f"Ada sold maps. {middle.strip()} ")]
    poem = fill("add a line between lines 1 and 2", POEM, ["The gutter spoke.\nAnd more.\n"] * 3)
    assert poem == [POEM.replace("down.\n", "down.\nThe gutter spoke.\n")]
    stanza = fill("add a stanza between the first and second stanza", POEM, ["One.\nTwo.\nThree.\nFour.\nFive.\n"] * 3)
    assert stanza == [POEM.replace("cup.\n\n", "cup.\n\nOne.\nTwo.\nThree.\nFour.\n\n")]


def test_a_gap_inside_a_sentence_gets_words_and_a_space_and_chinese_gets_none() -> None:
    text = "Ada sold maps to [...] and never looked up. It rained.\n\nNobody minded the rain in that town at all."
    [filled] = fill("fill the gap", text, [" the men who came in from the quay. They paid well."] * 3, PROSE)
    assert filled == text.replace("[...]", "the men who came in from the quay")
    seam = seam_at("雨落在，没有人来。", (4, 4))
    assert (seam.left, seam.right, seam.inside) == ("", "", True)


def test_a_text_that_ends_open_is_closed_after_a_whole_sentence() -> None:
    [filled] = fill("write what happens between the first and the second paragraph", STORY,
                    ["The door blew shut. The maps were all over the"] * 3, PROSE)  # fmt: skip
    assert filled == STORY.replace("up.\n\n", "up.\n\nThe door blew shut.\n\n")


def test_a_text_that_repeats_an_end_is_put_behind_one_that_does_not() -> None:
    replies = ["The moon went home.\nI slept.\n", "The cup was full.\nThe rain came down and filled it.\n",
               "A cat sat up.\nThe stairs were cold.\n"]  # fmt: skip
    text = POEM.replace("A lamp was lit.\nNo one came.", "...")
    [one] = fill("fill the gap with two lines", text, replies)
    assert one == text.replace("...", "A cat sat up.\nThe stairs were cold.")


def test_among_those_the_better_join_is_kept_and_only_it_is_shown() -> None:
    seen: list[str] = []

    def joins(texts: Sequence[Joined]) -> list[float]:
        seen.extend(one.whole for one in texts)
        return [float("cold" in one.middle) for one in texts]

    shown: dict[int, str] = {}
    replies = ["A cat sat up.\n", "The stairs were cold.\n", "A dog went by.\n"]
    [one] = Drafting(ScriptedEngine(replies), joins).infill(
        BRIEF, "The rain came down.\n", "\nI slept, and so did you.", length=Length(1, "lines"), count=1, seed=1,
        stop=go(), progress=lambda i, piece: shown.update({i: shown.get(i, "") + piece}),
    )  # fmt: skip
    assert one.text == "The rain came down.\nThe stairs were cold.\nI slept, and so did you."
    assert shown == {0: "The stairs were cold."}
    assert seen[0] == "The rain came down.\nA cat sat up.\nI slept, and so did you."


def test_few_and_short_texts_are_tried_oftener_than_many_or_long_ones() -> None:
    assert tries_for(1, Length(20, "words"), "en") == TRIES_MOST
    assert tries_for(4, Length(20, "words"), "en") == 4
    assert tries_for(1, Length(200, "words"), "en") == tries_for(9, Length(2, "lines"), "zh") == TRIES_LEAST


def test_of_eight_texts_the_last_is_kept_where_it_joins_best() -> None:
    replies = ["A cat sat up.\n"] * 7 + ["The stairs were cold.\n"]
    engine = ScriptedEngine(replies)
    [one] = Drafting(engine, lambda texts: [float("cold" in one.middle) for one in texts]).infill(
        BRIEF, "The rain came down.\n", "\nI slept.", length=Length(1, "lines"), count=1, seed=1, stop=go(),
        progress=quiet,
    )  # fmt: skip
    assert one.text == "The rain came down.\nThe stairs were cold.\nI slept."


def test_joins_of_a_scorer_prefer_what_leads_to_the_words_that_follow() -> None:
    joins = joins_by(ScriptedEngine())  # its words are likelier when they stood before
    near, far = joins([Joined("He came. ", "The zebra fled.", " The zebra fled home."),
                       Joined("He came. ", "A kettle sang.", " The zebra fled home.")])  # fmt: skip
    assert near > far


def test_nothing_usable_and_stop_leave_the_text_as_it_was() -> None:
    text = POEM.replace("No one came.", "...")
    echoes = ["A lamp was lit.\nThe moon went home.\n"] * 15
    assert fill("fill the gap", text, echoes) == [text]
    stop = go()
    stop.set()
    [one] = Drafting(ScriptedEngine()).infill(
        BRIEF, "a\n", "\nb", old="...", length=None, count=1, seed=1, stop=stop, progress=quiet
    )
    assert (one.text, one.finish) == ("a\n...\nb", "stopped")


def test_the_request_shows_what_follows_cut_at_a_line_and_says_what_is_wanted() -> None:
    engine = ScriptedEngine()
    after = "\n".join(f"Line {n} of what follows." for n in range(40))
    text = f"It rained.\n[...]\n{after}"
    edit = understand("fill the gap with two lines about a dog", current_text=text, current_brief=BRIEF).edit
    assert edit is not None
    Drafting(engine).edit(BRIEF, text, edit, count=1, seed=1, stop=go(), progress=quiet)
    asked = engine.history[0].messages[-1].text
    assert "Further on it says: Line 0 of what follows." in asked
    assert after_shown(after) in asked
    assert len(after_shown(after)) <= 300
    assert after_shown(after).endswith("follows.")
    assert "A dog." in asked
    assert "2 lines" in asked
    assert engine.history[0].prefill == "It rained.\n"


def test_marks_one_below_the_other_are_one_gap_of_as_many_lines() -> None:
    text = "It rained.\n...\n...\n...\nI slept.\nYou slept."
    gap = find_gap(text)
    assert gap is not None
    assert text[slice(*gap)] == "...\n...\n..."
    [one] = fill("fill the gap", text, ["A cat.\nA dog.\nA hen.\nA cow.\n"] * 3)
    assert one == text.replace("...\n...\n...", "A cat.\nA dog.\nA hen.")
