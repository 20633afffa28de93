"""Which works a voice learns from, and what its examples look like. The tokenizer takes single characters."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from agents.contracts import Message
from cocreate.training.corpus import Corpus, Example, brief_of
from cocreate.training.job import TooLittleText, TrainingText
from cocreate.training.split import GAP, LEAST_TOKENS, LEAST_WORK, split
from cocreate.training.themes import theme_of

LAMP = (
    "The lamp burned low above the harbour, and the keeper counted ships that never came. "
    "A gull cried over the water, and the lamp answered with its small yellow light. "
    "Nobody in the village knew why the keeper had stopped speaking after the storm."
)
POEM = "\n".join(
    f"{line} {word}"
    for word in ("river", "orchard", "winter")
    for line in ("The long slow light upon the", "I carried home at evening from the", "And no one called me from the")
)
ZH = "月光照在江上，孤舟慢慢远去。故乡的灯火在风里摇动，老人望着远方的山，没有说话。"


class Letters:
    """A coder whose tokens are the characters of a text; a chat is its messages between marks."""

    first_token = 0
    tokenizer = SimpleNamespace(eos_token_id=1)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        return [ord(character) for character in text]

    def prompt(self, messages: Sequence[Message], prefill: str) -> list[int]:
        return self.encode("".join(f"<{m.role}>{m.text}" for m in messages) + "<assistant>" + prefill)


def work(number: int, text: str, **more: object) -> TrainingText:
    digest = hashlib.sha256(text.encode()).hexdigest()
    values = {"kind": "story", "language": "en"} | more
    return TrainingText(f"w{number}", f"Work {number}", text, content_hash=digest, **values)  # type: ignore[arg-type]


def numbered(count: int, text: str = LAMP) -> list[TrainingText]:
    return [work(i, f"{text} Number {i} ends here.") for i in range(count)]


def corpus_of(texts: Sequence[TrainingText], shares: tuple[float, float, float], window: int = 160) -> Corpus:
    parts = split(texts, len, 0).train
    return Corpus(parts, Letters(), window=window, shares=shares, seed=3)


def read(example: Example) -> tuple[str, str]:
    """What is only read, and what is learned."""
    said = "".join(chr(token) for token in example.tokens)
    return said[: example.learned], said[example.learned :]


def test_no_work_is_both_learned_from_and_held_out() -> None:
    found = split(numbered(40), len, seed=1)
    groups = [{part.text.work_id for part in group} for group in (found.train, found.validation, found.test)]
    assert groups[0] | groups[1] | groups[2] == {f"w{i}" for i in range(40)}
    assert sum(map(len, groups)) == 40
    assert all(len(group) >= 3 for group in groups[1:])
    assert found.note == ""


def test_the_same_works_in_another_order_are_split_alike_and_by_another_seed_otherwise() -> None:
    texts = numbered(30)
    held = [{part.text.work_id for part in split(t, len, seed).test} for t, seed in
            ((texts, 1), (texts[::-1], 1), (texts, 2))]  # fmt: skip
    assert held[0] == held[1] != held[2]


def test_one_long_work_is_cut_into_parts_with_gaps_and_it_is_said() -> None:
    text = " ".join(f"Sentence number {i} stands in the only book there is." for i in range(400))
    found = split([work(1, text)], len, seed=0)
    [train], [validation], [test] = found.train, found.validation, found.test
    assert train.end + GAP <= validation.start and validation.end + GAP <= test.start
    assert train.start == 0 and test.end == len(text)
    assert len(train.said) > 6 * len(test.said) > 0
    assert "“Work 1” was cut into parts" in found.note


def test_too_little_text_is_refused_with_what_is_missing() -> None:
    texts = [*numbered(3), work(9, "Three short words")]
    have = sum(len(text.text) for text in texts[:3])
    with pytest.raises(TooLittleText) as refused:
        split(texts, len, seed=0)
    assert refused.value.missing == LEAST_TOKENS - have
    assert f"{LEAST_TOKENS - have:,} more are needed" in refused.value.sentence
    assert "cocreate works add" in refused.value.next_step


def test_a_work_of_three_words_is_kept_but_not_used() -> None:
    short = work(99, "Only three words")
    assert len(short.text) < LEAST_WORK
    found = split([*numbered(30), short], len, seed=0)
    assert found.unused == (short,)
    assert all(part.text != short for part in found.train + found.validation + found.test)


def test_an_edit_of_the_writer_is_only_learned_from_and_shows_what_stood_before() -> None:
    edit = work(50, "The lamp went out.", before="The light source was terminated.", weight=2.0)
    parts = split([*numbered(30), edit], len, 0)
    assert edit in [part.text for part in parts.train]
    examples = Corpus(parts.train, Letters(), window=160, shares=(1, 0, 0), seed=0).epoch(0)
    edits = [said for said in map(read, examples) if "terminated" in said[0]]
    assert [said for _, said in edits] == ["The lamp went out.\x01"] * 2
    assert "Rewrite these lines: The light source was terminated." in edits[0][0]


def test_an_epoch_holds_every_line_once_and_the_next_one_cuts_them_elsewhere() -> None:
    corpus = corpus_of(numbered(30), (1.0, 0.0, 0.0))
    first, again, second = corpus.epoch(0), corpus.epoch(0), corpus.epoch(1)
    assert first == again != second
    for epoch in (first, second):
        said = " ".join(read(example)[1].rstrip("\x01") for example in epoch)
        assert said.count("A gull cried over the water") == len(split(numbered(30), len, 0).train)


def test_a_chat_example_is_a_draft_s_own_prompt_about_words_of_the_passage() -> None:
    for prompt, reply in map(read, corpus_of(numbered(30), (0.0, 1.0, 0.0)).epoch(0)):
        assert prompt.startswith("<user>Write a short story about ")
        assert "Write only the text.<assistant>" in prompt and "Sound like" not in prompt
        theme = prompt.split(" about ")[1].split(".\n")[0]
        wanted = [word for word in theme.replace(",", "").split() if len(word) > 3]
        assert wanted and all(word in reply for word in wanted)
        assert reply.endswith("\x01")


def test_recalled_passages_come_from_other_works() -> None:
    texts = [work(i, f"Tale {chr(97 + i) * 6} begins. {LAMP}") for i in range(26)]
    examples = [read(example) for example in corpus_of(texts, (0.0, 0.0, 1.0), window=400).epoch(0)]
    shown = [(prompt, reply) for prompt, reply in examples if "Sound like these lines of mine" in prompt]
    assert len(shown) == len(examples)
    for prompt, reply in shown:
        own = prompt.split("do not copy them: ")[1].split("\n")[0]
        assert own.startswith("Tale ") and own.split()[1] not in reply


def test_with_one_work_the_recalled_passage_never_overlaps_the_reply() -> None:
    text = "\n\n".join(f"Paragraph {i}: " + f"word{i} " * 70 + "ends." for i in range(40))
    for prompt, reply in map(read, corpus_of([work(1, text)], (0.0, 0.0, 1.0), window=300).epoch(0)):
        own = prompt.split("do not copy them: ")[1].split("\n")[0]
        assert own[30:80] not in reply


def test_verse_is_asked_for_in_lines_and_chinese_in_chinese() -> None:
    poem = brief_of(POEM, "poem", random.Random(0))
    assert (poem.kind, poem.language, poem.length and poem.length.unit) == ("poem", "en", "lines")
    chinese = brief_of(ZH * 3, "text", random.Random(0))
    assert (chinese.kind, chinese.language, chinese.length and chinese.length.unit) == ("story", "zh", "characters")
    assert any(pair in ZH for pair in chinese.theme.replace("和", "、").split("、"))


def test_a_theme_is_made_of_words_that_are_there() -> None:
    for seed in range(20):
        theme = theme_of(LAMP, chinese=False, rng=random.Random(seed))
        assert all(word in LAMP for word in theme.replace(",", "").split() if word not in ("the", "and", "a"))
    assert theme_of("...", chinese=False, rng=random.Random(0)) == ""
