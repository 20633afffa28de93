import subprocess
import sys

import numpy as np
import pytest

from memory.style import distance, profile, set_in_verse, style_distance, style_vectors
from memory.style_text import count_english, plain

# One street after rain, told twice; and one harbour, told twice.
SHORT = (
    "The rain stopped. I went out. The street was wet and nobody was on it. A cat sat by the drain. I looked at it. It "
    "looked at me. Then it left. I walked to the corner and bought bread. The bread was warm. I ate it there. ",
    "The tide was out. I stood on the pier. A man mended a net. He did not talk. I did not talk. The boats lay on the "
    "mud. A gull came down and took a crab. I counted the boats. There were six. Then I went home and slept. ",
)
LONG = (
    "When, at length, the rain—which had continued, with scarcely an intermission, throughout the whole of that dismal "
    "afternoon—was pleased to abate, there might have been observed, upon the melancholy pavement, a creature of the "
    "feline tribe, whose countenance, although composed, was not wholly without an air of expectation; ",
    "It was, as I have had occasion to remark, at the lowest ebb of the tide that I found myself—by what accident I "
    "shall not presume to determine—upon the extremity of the pier, from which there might have been surveyed, in that "
    "uncertain light, the vessels of the fishermen, inclined, with an air of resignation, upon the mud; ",
)


def test_vectors_are_unit_rows_and_empty_texts_break_nothing() -> None:
    for language in ("en", "zh"):
        rows = style_vectors(["A line of words.", "", "春眠不覺曉，處處聞啼鳥。"], language)
        assert rows.dtype == np.float32
        assert np.isfinite(rows).all()
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


def test_one_manner_on_two_subjects_is_nearer_than_two_manners_on_one_subject() -> None:
    street, harbour = (style_vectors([SHORT[i] * 3, LONG[i] * 3], "en") for i in (0, 1))
    one_manner = [float(street[i] @ harbour[i]) for i in (0, 1)]
    one_subject = [float(side[0] @ side[1]) for side in (street, harbour)]
    assert min(one_manner) > max(one_subject) + 0.2


def test_the_marks_of_a_typesetter_are_no_style() -> None:
    plainly, typeset = '"It\'s late" -- he said...', "“It’s late” — he said…"
    assert plain(plainly) == plain(typeset)


def test_rare_words_are_masked_so_that_the_subject_is_not_counted() -> None:
    common = {"the": 0, "was": 1, "in": 2}
    ship = count_english("The frigate was in the harbour.", common)
    cake = count_english("The biscuit was in the cupboard.", common)
    assert ship.grams["words"] == cake.grams["words"]
    assert ship.grams["letters"] == cake.grams["letters"]


def test_distance_from_the_own_manner_is_smaller_than_from_another() -> None:
    own = [SHORT[0] * 4, SHORT[1] * 4]
    assert distance(SHORT[1], own) < 0.5 < distance(LONG[1], own)


def test_distance_without_works_or_without_a_text_is_nothing() -> None:
    assert profile(["Two words."]) is None
    assert distance("Anything at all.", []) == 0.0
    assert distance("...", [SHORT[0] * 4]) == 0.0


def test_chinese_prose_is_far_from_a_voice_of_verse() -> None:
    verse = [
        "床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。\n白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。",
        "紅豆生南國，春來發幾枝。\n願君多采擷，此物最相思。\n空山不見人，但聞人語響。\n返景入深林，復照青苔上。",
    ]
    voice = profile(verse, "zh")
    assert voice is not None
    assert voice.verse
    own = style_distance("獨坐幽篁裏，彈琴復長嘯。\n深林人不知，明月來相照。", voice)
    prose = style_distance("他说他昨天已经把那些东西都给了我们的，可是我到现在也没有看见过什么，真是奇怪的事。", voice)
    assert own < prose


@pytest.mark.parametrize(
    ("text", "verse"),
    [("I sing\nof small things\nand of you", True), (SHORT[0], False), ("床前明月光，\n疑是地上霜。", True),
     ("这是一段散文，没有分行，说的是昨天的事情。", False)],
)  # fmt: skip
def test_the_setting_of_a_text_is_seen(text: str, verse: bool) -> None:
    assert set_in_verse(text) is verse


def test_importing_the_style_loads_no_numpy() -> None:
    code = "import sys, memory.style, memory.voice, cocreate.card_desk; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
