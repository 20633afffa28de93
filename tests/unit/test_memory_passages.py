"""Cuts fall where a reader would pause, and offsets are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.passages import LEAST, MOST, cut, size

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                "rain on the wall ",
                "秋雨落在院子里。",
                "\n",
                "\n\n",
                " * * *\n",
                "# Two\n",
                ". ",
                "word " * 150,
                "雨" * 500,
            ]
        ),
    ),
    max_size=30,
).map("".join)


@given(TEXTS)
def test_passages_are_disjoint_in_order_and_lose_no_word(text: str) -> None:
    at, between = 0, ""
    for start, end in cut(text):
        assert at <= start < end
        between += text[at:start]
        assert text[start:end] == text[start:end].strip()
        at = end
    between += text[at:]
    assert not any(character.isalnum() for character in between)


@given(TEXTS)
def test_no_passage_is_larger_than_the_limit(text: str) -> None:
    assert all(size(text[start:end]) <= MOST for start, end in cut(text))


def test_a_short_poem_is_one_passage() -> None:
    poem = "Rain in the courtyard,\na slow clock.\n\nNobody asks\nwhere the light went."
    assert cut(f"\n{poem}\n\n") == [(1, 1 + len(poem))]


def test_a_long_poem_is_cut_between_stanzas() -> None:
    stanza = "\n".join(["the rain comes down on the empty chairs again"] * 4)
    poem = "\n\n".join([stanza] * 9)
    parts = [poem[start:end] for start, end in cut(poem)]
    assert len(parts) > 2
    assert all(part == "\n\n".join([stanza] * part.count("\n\n") + [stanza]) for part in parts)


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    paragraph = " ".join(f"The {n} lamp went out, and then nobody in the house said anything more." for n in range(40))
    parts = [paragraph[start:end] for start, end in cut(paragraph)]
    assert len(parts) >= 3
    assert all(part.startswith("The ") and part.endswith("more.") for part in parts)
    assert all(LEAST / 2 <= size(part) <= MOST for part in parts)


def test_chinese_prose_is_cut_at_sentence_ends_into_a_few_hundred_characters() -> None:
    text = "他说：“今天的雨，下得很慢，院子里没有人。”" * 60
    parts = [text[start:end] for start, end in cut(text)]
    assert all(part.startswith("他说") and part.endswith("。”") for part in parts)
    assert all(100 <= len(part) <= 350 for part in parts)


def test_a_scene_break_always_begins_a_passage_and_is_in_none() -> None:
    scene = "She closed the door and listened to the rain in the yard."
    text = f"{scene}\n\n* * *\n\n{scene}\n\n---\n\n{scene}"
    assert [text[start:end] for start, end in cut(text)] == [scene] * 3


def test_a_heading_stays_with_what_follows_it() -> None:
    ending = "It falls on the chairs beside the wall all day."
    text = f"# Rain\n\n## One\n\nIt falls on the wall and on the empty chairs.\n\n## Two\n\n{ending}"
    assert [text[a:b].split("\n")[0] for a, b in cut(text)] == ["# Rain", "## Two"]


@pytest.mark.parametrize("text", ["", " \n\n\t", "***\n\n---"])
def test_a_text_without_words_has_no_passages(text: str) -> None:
    assert cut(text) == []
