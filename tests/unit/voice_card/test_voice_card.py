import re

import pytest

from memory.sound import line_ends, rhyme, rhyming, syllables
from memory.voice import compared, differences, voice_card
from memory.voice_card import Trait, VoiceCard
from memory.voice_measures import histogram

VERSE = "The harbour lies in evening light,\nThe boats are black, the water slow;\nA lamp is lit against the night,\n" \
        "And all the gulls are white as snow.\n"  # fmt: skip
PROSE = "I went down to the harbour before it was light; nobody was there — only my brother, who had slept badly. " \
        "“You came,” he said. We walked. "  # fmt: skip
ZH = "床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。\n白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。\n"


def traits(card: VoiceCard) -> dict[str, Trait]:
    return {trait.name: trait for trait in card.traits}


def test_a_card_counts_lines_words_and_marks_as_they_are() -> None:
    found = traits(voice_card([VERSE * 3], "poems"))
    assert found["line length"].value == pytest.approx(sum([6, 7, 7, 8]) / 4, abs=0.01)
    assert found["semicolons"].value == pytest.approx(1000 / 28, abs=0.1)
    assert found["I and we"].value == 0
    assert sum(found["line length"].spread) == 12
    assert found["images of light"].examples[:2] == ("light", "lamp")
    assert found["line length"].common is not None


def test_rhymes_are_heard_in_verse_and_left_out_of_prose() -> None:
    verse, prose = voice_card([VERSE * 3], "poems"), voice_card([PROSE * 4], "prose")
    assert traits(verse)["rhyme"].value == 100
    assert "light / night" in traits(verse)["rhyme"].examples
    assert "rhyme" not in traits(prose)


def test_prose_shows_its_person_speech_and_tense() -> None:
    found = traits(voice_card([PROSE * 4], "prose"))
    assert found["past tense"].value == 100
    assert found["speech in quotation marks"].examples[0] == '"You came,"'
    assert found["I and we"].value > found["you"].value > 0


def test_a_chinese_card_counts_characters_verses_and_images() -> None:
    card = voice_card([ZH, ZH.replace("月", "日")], "詩")
    found = traits(card)
    assert (card.language, card.words) == ("zh", 80)
    assert found["five-character verses"].value == 100
    assert found["line length"].value == 10
    assert "日" in found["images of light"].examples


def test_favourites_are_words_that_return_more_than_others_use_them_and_no_names() -> None:
    texts = [f"The lantern of {name} burned and the lantern of Marlowe went out, the lantern again. " * 3
             for name in ("Ann", "Bea", "Cid")]  # fmt: skip
    found = traits(voice_card(texts, "works"))["favourite words"].examples
    assert found[0] == "lantern"
    assert "marlowe" not in found


def test_a_text_of_a_few_words_has_no_traits_and_says_why() -> None:
    card = voice_card(["Only three words."], "this draft")
    assert card.traits == ()
    assert "30 are needed" in card.sentence


def test_the_other_language_of_a_collection_is_not_mixed_in() -> None:
    card = voice_card([VERSE * 10, ZH], "all works", works=2)
    assert (card.language, card.works) == ("en", 2)


def test_differences_are_sentences_with_both_figures_the_largest_first() -> None:
    short = "The boats are in\nand all the gulls\nhave gone away\nbefore the night\n\n"
    mine, theirs = voice_card([short * 6], "all works"), voice_card([VERSE * 6], "this draft")
    said = differences(mine, theirs)
    assert any(re.match(r"Your lines are .*half as long as those of this draft \(", one) for one in said)
    assert all(one.endswith(".") and "against" in one for one in said)
    assert differences(mine, mine) == []


def test_two_languages_are_not_compared_by_figures() -> None:
    mine, theirs = voice_card([VERSE * 6], "all works"), voice_card([ZH * 2], "this draft")
    assert len(differences(mine, theirs)) == 1
    assert compared(mine, theirs, [VERSE], [ZH]).distance is None


def test_a_chance_word_in_a_short_draft_is_no_difference() -> None:
    mine, draft = voice_card([PROSE * 20], "all works"), voice_card([PROSE.replace("brother", "horse")], "this draft")
    assert not any("animals" in one for one in differences(mine, draft))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("light", "night", True), ("sea", "tea", True), ("day", "they", True), ("sky", "high", True), ("snow", "go", True),
     ("light", "late", False), ("door", "sea", False)],
)  # fmt: skip
def test_spelling_finds_rhymes(one: str, other: str, same: bool) -> None:
    assert (rhyme(one) == rhyme(other)) is same


def test_chinese_rhymes_by_todays_sound_and_a_word_does_not_rhyme_with_itself() -> None:
    ends = line_ends(["疑是地上霜。", "低頭思故鄉。", "舉頭望鄉"], chinese=True)
    assert rhyming(ends) == [(0, 1)]


def test_syllables_by_spelling() -> None:
    assert [syllables(word) for word in ("light", "evening", "loved", "table", "harbour")] == [1, 3, 1, 2, 2]


def test_a_histogram_holds_every_length_once() -> None:
    assert sum(histogram([1, 2, 3, 40, 41, 500])) == 6
