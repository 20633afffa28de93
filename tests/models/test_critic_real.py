"""The critic with the real default models: the heads are asked, and threads change nothing."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from agents.contracts import Brief
from agents.critique import Critic
from agents.critique.heads.judge import drafted, promised
from agents.promise import before
from cocreate.engines.torch_score import Readers, TorchScorer
from memory.embedder import HashEmbedder, SentenceEmbedder

pytestmark = pytest.mark.model

SCORED = Path(__file__).parents[2] / "benchmarks" / "scored_drafts.jsonl.xz"

STORY = (
    "Anna shut the lamp room door and climbed. The wind had not changed since noon. She counted the steps, as her "
    "father had taught her, and at ninety she stopped to listen. Below, she heard the dog. It was barking at the sea. "
    "Nobody had come to the light for eleven days."
)
BRIEF = Brief("a story about a lighthouse keeper", kind="story", theme="a lighthouse keeper", length=None)


def test_the_default_models_are_known_and_the_same_text_has_the_same_card_on_any_number_of_threads(
    writer_path: Path, embedder_path: Path, model_cache: Path
) -> None:
    import torch

    before, cards = torch.get_num_threads(), []
    scorer = TorchScorer(writer_path, cache=model_cache, threads=1, device="cpu")
    critic = Critic(scorer, SentenceEmbedder(embedder_path))
    assert critic.trained
    try:
        for threads in (1, 2, 2):
            torch.set_num_threads(threads)
            scorer._readers = Readers(scorer._model)  # as a scorer made for so many threads has; loaded once, for speed
            cards.append(critic.judge([STORY, "A doorstop made of rain."], BRIEF))
            scorer._readers.close()
    finally:
        torch.set_num_threads(before)
    assert cards[0] == cards[1] == cards[2]
    assert cards[0][0].low is not None
    assert not Critic(scorer, HashEmbedder()).trained
    brick = Brief("a brick", kind="idea", theme="brick", length=None)
    common, rare = critic.judge(["a doorstop", "ground to powder it becomes the red of a forged fresco"], brick)
    assert rare.novelty.value > common.novelty.value + 2


def test_what_readers_liked_best_of_the_drafts_for_a_request_stands_above_what_they_liked_least(
    writer_path: Path, model_cache: Path
) -> None:
    """On drafts the head was fitted to: that it is asked of the states it was fitted to, read as the product reads."""
    by: dict[str, list[tuple[float, str]]] = {}
    for line in lzma.decompress(SCORED.read_bytes()).decode("utf-8").splitlines():
        row = json.loads(line)
        if not row["bare"]:
            by.setdefault(row["request"], []).append((sum(map(sum, row["scores"])), row["text"]))
    drafts = [text for rows in list(by.values())[:12] for _, text in (max(rows), min(rows))]
    scorer = TorchScorer(writer_path, cache=model_cache, threads=1, device="cpu")
    points = [drafted(reading) for reading in scorer.read(drafts)]
    assert sum(best > worst for best, worst in zip(points[::2], points[1::2], strict=True)) >= 10


def test_what_readers_were_gladdest_of_among_ideas_for_a_theme_is_heard_above_what_they_liked_least(
    writer_path: Path, model_cache: Path
) -> None:
    """On ideas the head was fitted to, as above."""
    by: dict[str, list[tuple[float, str]]] = {}
    for line in lzma.decompress(SCORED.with_name("scored_ideas.jsonl.xz").read_bytes()).decode("utf-8").splitlines():
        row = json.loads(line)
        glad = [score[0] for score in row["scores"]]
        by.setdefault(row["request"], []).append((sum(glad) / len(glad), row["text"]))
    scorer = TorchScorer(writer_path, cache=model_cache, threads=1, device="cpu")
    right = 0
    for theme, rows in list(by.items())[:16]:
        best, worst = scorer.read([f" {max(rows)[1]}", f" {min(rows)[1]}"], before(theme))
        right += promised(best) > promised(worst)
    assert right >= 13
