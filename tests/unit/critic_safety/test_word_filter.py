"""The word filter marks words where they stand, in English and Chinese, and changes nothing."""

import pytest

from agents.critique.filter import WordFilter, forms


@pytest.fixture(scope="module")
def words() -> WordFilter:
    return WordFilter()


def marked(words: WordFilter, text: str) -> list[str]:
    found = words.flagged(text)
    assert all(text[one.start : one.end] == one.quote for one in found)
    return [one.quote for one in found]


def test_every_listed_word_is_marked_where_it_stands(words: WordFilter):
    assert marked(words, "Shit, said Ann. The bastard took it,\nand shit again.") == ["Shit", "bastard", "shit"]


def test_forms_of_a_listed_word_are_marked_too(words: WordFilter):
    assert marked(words, "He fucked it up; she bitched about it.") == ["fucked", "bitched"]
    assert forms(["rape"]) == {"rapes", "raped", "raping"}


def test_the_longest_chinese_phrase_is_marked_once(words: WordFilter):
    assert marked(words, "他妈的！这个王八蛋又来了。") == ["他妈的", "王八蛋"]


@pytest.mark.parametrize(
    "text",
    [
        "The class assignment of the assembly was a classic; Moby Dick lay on the grass.",
        "这种可能性很大，女性喝了牛奶。",
        "",
        "😀 — ...",
    ],
)
def test_clean_words_that_hold_a_listed_one_are_left_alone(words: WordFilter, text: str):
    assert words.flagged(text) == ()


def test_a_disguised_word_is_marked_whole(words: WordFilter):
    assert marked(words, "What the f u c k is this?") == ["f u c k"]
    assert marked(words, "Ｆｕｃｋ that.") == ["Ｆｕｃｋ"]
