"""What the lessons of each role look like. The tokenizer takes single characters; the texts are made up here."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from agents.contracts import Brief, Message
from agents.errors import BadBrief
from agents.idea_lines import clean_idea
from agents.ideas import PUSHES
from agents.ideation import ANGLES_EN, ANGLES_ZH
from agents.infill import after_shown
from agents.pushing import changes
from agents.spans import blocks, lines, words
from cocreate.training import role_drafting, role_ideation, role_style
from cocreate.training.job import Lesson, TrainingText
from cocreate.training.role_corpus import PASS, RoleCorpus
from cocreate.training.role_texts import Piece, World, brief_for, cleaned, mood_of, nouns_of, pieces_of, view_of
from cocreate.training.roles import teacher
from cocreate.training.split import Part

STANZA = (
    "The heron stood beside the weir at dawn,\n"
    "The river carried ashes to the mill;\n"
    "A boy in boots went whistling on the lawn,\n"
    "And mist lay thick and silver on the hill."
)
POEM = "\n\n".join(
    STANZA.replace("dawn", word).replace("heron", bird).replace("ashes", load).replace("boy", who).replace("mist", haze)
    for word, bird, load, who, haze in (
        ("dawn", "heron", "ashes", "boy", "mist"),
        ("noon", "crow", "barley", "girl", "dust"),
        ("dusk", "owl", "timber", "man", "smoke"),
    )
)
STORY = "\n\n".join(
    f"The {who} walked along the {place} with a lantern in his hand, and the frost cracked softly under heavy boots. "
    f"A dog barked behind the {place}; somebody had left the gate of the {who} open. "
    f"He counted {number} loaves on the cold shelf and wrote the number on the door with a piece of chalk. "
    f"The bell of the {place} rang, and the smell of salt and smoke came up from the {who}."
    for who, place, number in (
        ("baker", "wall", "nine"),
        ("miller", "chapel", "ten"),
        ("sailor", "harbour", "four"),
        ("clerk", "market", "six"),
    )
)
ZH = "月光照在江上，孤舟慢慢远去。故乡的灯火在风里摇动，老人望着远方的山，没有说话。" * 4


class Letters:
    """A coder whose tokens are the characters of a text; a chat is its messages between marks."""

    first_token = 0
    tokenizer = SimpleNamespace(eos_token_id=1)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        return [ord(character) for character in text]

    def prompt(self, messages: Sequence[Message], prefill: str) -> list[int]:
        return self.encode("".join(f"<{m.role}>{m.text}" for m in messages) + "<assistant>" + prefill)


def part(text: str, kind: str, author: str = "Anon", title: str = "T") -> Part:
    digest = hashlib.sha256(f"{title}{text}".encode()).hexdigest()
    known = TrainingText(title, title, text, kind, "en", digest, author=author)
    return Part(known, 0, len(text), len(text))


def world(*texts: str) -> World:
    others = [Piece(part(text, "story", title="other"), 0, len(text)) for text in texts]
    return World(lambda piece: others, nouns_of([*texts, POEM, STORY] * 2))


def piece_of(text: str, kind: str) -> Piece:
    return Piece(part(text, kind), 0, len(text))


def asked(lesson: Lesson) -> str:
    return "\n".join(message.text for message in lesson.messages)


@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_verse_are_whole_lines_and_within_their_bounds(seed: int) -> None:
    poem = "\n\n".join([POEM] * 5)
    for piece in pieces_of(part(poem, "poem"), random.Random(seed)):
        assert 3 <= len(lines(piece.text)) <= 28
        assert poem[piece.start - 1 : piece.start] in ("", "\n")
        assert poem[piece.end : piece.end + 1] in ("", "\n")


@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_prose_begin_and_end_with_a_sentence(seed: int) -> None:
    found = pieces_of(part(STORY, "story"), random.Random(seed))
    assert found
    for piece in found:
        assert piece.text[0].isupper() and piece.text.endswith(".")


def test_text_with_markup_or_a_licence_is_left_out_and_invisible_characters_are_taken_out() -> None:
    assert cleaned(part('epub:type="bodymatter">Act I', "script")) is None
    assert cleaned(part("See https://example.org for the licence.", "story")) is None
    clean = cleaned(part("so it began\u2060— again", "story"))
    assert clean is not None and clean.said == "so it began— again"


def test_nouns_are_told_from_words_that_stand_before_them() -> None:
    known = nouns_of(["The cold river of the cold hill. The river and the hill. A cold river, a river."])
    assert "river" in known
    assert "cold" not in known


def test_a_brief_tells_lines_and_stanzas_as_they_are_and_themes_from_the_piece() -> None:
    piece = piece_of(POEM, "poem")
    briefs = [brief_for(piece, world(), random.Random(seed)) for seed in range(40)]
    assert {brief.stanzas for brief in briefs} == {0, len(blocks(POEM))}
    assert all(brief.length is not None and brief.length.count == 12 for brief in briefs)
    for brief in briefs:
        for word in words(brief.theme.replace("the", "").replace("and", "").replace("a ", " ")):
            assert word in words(POEM) or len(word) < 3


def test_a_story_is_asked_for_in_words_also_when_its_lines_are_short() -> None:
    talk = "“Why?” he said.\n\n“Go on,” she said.\n\n“The boat is gone.”\n\n“I know.”"
    length = brief_for(piece_of(talk, "story"), world(), random.Random(1)).length
    assert length is not None and length.unit == "words"


def test_mood_and_view_are_named_only_where_the_words_are_clear() -> None:
    assert view_of("I took my coat. The rain fell on me, and I ran.") == "first person"
    assert view_of("She took her coat. He ran. They met her.") == "third person"
    assert view_of("“I am here, I said, I am,” and the rain fell.") == ""
    assert mood_of("the table and the chair") == ""


@pytest.mark.parametrize("seed", range(8))
def test_a_directed_brief_never_shows_a_sentence_of_its_own_reply(seed: int) -> None:
    text = STORY
    found = pieces_of(part(text, "story"), random.Random(seed))
    lesson = role_drafting.to_brief(found[0], world(), random.Random(seed))
    prompt = asked(lesson)
    for start, end in lines(lesson.reply):
        for sentence in lesson.reply[start:end].split(". "):
            if len(sentence) > 25 and STORY.count(sentence) == 1:
                assert sentence not in prompt


@pytest.mark.parametrize("text", [STORY, POEM])
def test_an_infill_lesson_joins_to_exactly_the_piece(text: str) -> None:
    piece = piece_of(text, "story" if text is STORY else "poem")
    for seed in range(20):
        lesson = role_drafting.infill(piece, world(), random.Random(seed))
        assert lesson is not None
        at = text.find(lesson.reply)
        assert text[:at].endswith(lesson.prefill) and not lesson.prefill.endswith(" ")
        follows = after_shown(text[at + len(lesson.reply) :])
        assert follows and follows in asked(lesson)
        assert lesson.reply not in asked(lesson)


def test_an_opening_lesson_goes_on_where_its_opening_ends() -> None:
    lesson = role_drafting.opening(piece_of(POEM, "poem"), world(), random.Random(2))
    assert lesson is not None
    assert lesson.prefill + lesson.reply == POEM


def test_the_ideas_that_ship_ask_as_the_product_asks_and_are_such_as_it_keeps() -> None:
    texts = role_ideation.texts()
    assert {text.language for text in texts} == {"en", "zh"} and len({text.content_hash for text in texts}) == len(
        texts
    )
    kept: list[bool] = []
    for text in texts:
        chinese = text.language == "zh"
        before, angles = ("角度：", set(ANGLES_ZH)) if chinese else ("The angle: ", {angle for angle, _ in ANGLES_EN})
        ideas = [lesson for lesson in role_ideation.lessons(text.text) if before in asked(lesson)]
        assert len(ideas) == 9, text.title
        brief = Brief(text.title, kind="idea", theme=text.title, language=text.language)
        for lesson in ideas:
            assert asked(lesson).rstrip("。.").split(before)[1] in angles
            kept.append(bool(clean_idea(lesson.reply, brief)))
    assert sum(kept) > 0.99 * len(kept)


def test_every_change_that_can_be_asked_for_has_lessons() -> None:
    taught = {row.split(" | ")[1] for text in role_ideation.texts() for row in text.text.splitlines() if row[0] == "+"}
    for language in ("en", "zh"):
        brief = Brief("x", theme="x", language=language)
        for how in PUSHES:
            assert {change.label for change in changes(("a", "b"), how, brief)} <= taught


def test_whole_themes_are_held_out_and_each_pass_reads_every_lesson_once() -> None:
    parts = [Part(text, 0, len(text.text), 100) for text in role_ideation.texts()[:6]]
    corpus = role_ideation.IdeaCorpus(parts[:5], Letters(), seed=1)
    first, second = corpus.epoch(0), corpus.epoch(1)
    assert first == role_ideation.IdeaCorpus(parts[:5], Letters(), seed=1).epoch(0)
    assert first != second and sorted(row.tokens for row in first) == sorted(row.tokens for row in second)
    assert sum(len(row.tokens) for row in first) == corpus.tokens
    held = corpus.fixed(parts[5:], 10_000)
    assert len(held) >= 9 and not {row.tokens for row in held} & {row.tokens for row in first}
    assert len(corpus.fixed(parts[5:], 1)) == 1


def test_a_base_that_spells_chinese_in_bytes_learns_no_chinese_lessons() -> None:
    class Bytes(Letters):
        def encode(self, text: str, *, special: bool = False) -> list[int]:
            return list(text.encode())

    texts = role_ideation.texts()
    assert {text.language for text in role_ideation.readable(texts, Bytes())} == {"en"}
    assert role_ideation.readable(texts, Letters()) == list(texts)


def test_a_style_lesson_asks_with_plain_words_and_three_passages_of_the_author() -> None:
    shown = [f"{word} by the old wall, he waited for the boat and the tide." for word in ("Silent", "Alone", "Tired")]
    ornate = STORY.replace("heavy boots", "terribly heavy old black boots").replace(
        "cold shelf", "bitterly cold white shelf"
    )
    made = [role_style.teach(piece_of(ornate, "story"), world(*shown), random.Random(seed)) for seed in range(30)]
    lesson = next((one for one in made if one is not None), None)
    assert lesson is not None
    assert all(text[:20] in asked(lesson) for text in shown)
    assert lesson.reply in ornate
    assert lesson.reply not in asked(lesson)


def test_a_plain_paraphrase_drops_ornament_and_old_words() -> None:
    assert role_style.plainly("Thou gazed softly upon the silver sea; and wept.") == "You looked on the sea. And cried."


def test_the_corpus_mixes_forms_repeats_itself_exactly_and_stops_where_asked() -> None:
    parts = [part(POEM, "poem", title=f"p{i}") for i in range(3)] + [part(STORY, "story", title="s")]
    corpus = RoleCorpus(parts, Letters(), role_drafting.teach, window=2000, seed=1)
    again = RoleCorpus(parts, Letters(), role_drafting.teach, window=2000, seed=1)
    first = corpus.epoch(0)
    assert first == again.epoch(0)
    assert first != corpus.epoch(1)
    assert 0.9 * PASS <= len(first) <= PASS
    bare = corpus.plain(parts, 500)
    assert all(example.learned == 1 for example in bare)
    assert sum(len(example.tokens) - 1 for example in bare[:-1]) < 500
    assert corpus.fixed([], 500) == []


def test_a_reply_that_does_not_fit_the_window_is_cut_and_does_not_end() -> None:
    corpus = RoleCorpus([part(STORY, "story")], Letters(), role_drafting.teach, window=50, seed=1)
    for example in corpus.epoch(0):
        size = len(example.tokens) - example.learned
        assert size <= 51
        assert size < 50 or example.tokens[-1] != 1 or size == 51


@pytest.mark.parametrize("role", ["drafting", "style"])
def test_chinese_texts_make_chinese_lessons(role: str) -> None:
    other = Piece(part(ZH[::-1], "story", title="other"), 0, len(ZH))
    seen = World(lambda piece: [other], frozenset())
    made = [teacher(role)(piece_of(ZH, "story"), seen, random.Random(seed)) for seed in range(25)]
    requests = [asked(lesson) for lesson in made if lesson is not None and lesson.messages]
    assert requests
    assert all("Write" not in request and "Theme" not in request for request in requests)


def test_an_unknown_role_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadBrief, match="no role 'singing'") as refused:
        teacher("singing")
    assert "drafting" in refused.value.next_step
