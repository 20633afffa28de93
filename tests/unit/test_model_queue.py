"""One queue for all model work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agents.contracts import Chunk, Message, Request, TokenScores
from cocreate.engines.queue import ModelQueue, Priority, QueuedEmbedder, QueuedScorer
from cocreate.engines.scripted import ScriptedEngine
from cocreate.metering import MeteredEngine


class Line:
    """Threads that wait for a turn behind one that holds it."""

    def __init__(self) -> None:
        self.queue = ModelQueue()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def join_line(self, name: str, priority: Priority, *, behind: bool = False) -> None:
        def work() -> None:
            if behind:
                with self.queue.behind():
                    self._take(name, priority)
            else:
                self._take(name, priority)

        before = self.queue.waiting
        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        while self.queue.waiting == before:
            time.sleep(0.001)

    def _take(self, name: str, priority: Priority) -> None:
        with self.queue.turn(priority):
            self.order.append(name)

    def finish(self) -> list[str]:
        for thread in self.threads:
            thread.join(10)
        return self.order


def test_what_the_writer_looks_at_goes_before_scores_and_both_before_background_work() -> None:
    line = Line()
    with line.queue.turn():
        line.join_line("works", Priority.BACKGROUND)
        line.join_line("scores", Priority.CRITIC)
        line.join_line("draft", Priority.WRITER)
        line.join_line("more works", Priority.BACKGROUND)
        line.join_line("another draft", Priority.WRITER)
    assert line.finish() == ["draft", "another draft", "scores", "works", "more works"]


def test_in_a_background_thread_everything_waits_behind_the_writer() -> None:
    line = Line()
    with line.queue.turn():
        line.join_line("passages of a work", Priority.WRITER, behind=True)
        line.join_line("draft", Priority.WRITER)
    assert line.finish() == ["draft", "passages of a work"]


def test_the_thread_that_has_the_turn_may_ask_again() -> None:
    queue = ModelQueue()
    with queue.turn(Priority.WRITER), queue.turn(Priority.BACKGROUND):
        pass
    taken = threading.Event()

    def work() -> None:
        with queue.turn():
            taken.set()

    threading.Thread(target=work).start()
    assert taken.wait(10), "the turn was given back"


def test_a_generation_that_another_thread_closes_gives_its_turn_back() -> None:
    queue = ModelQueue()
    engine = MeteredEngine(ScriptedEngine(["a long reply " * 50]), queue)
    chunks = engine.generate([Request((Message("user", "go on"),))], threading.Event())
    next(chunks)
    closer = threading.Thread(target=chunks.close)  # type: ignore[attr-defined]
    closer.start()
    closer.join()
    with queue.turn():
        assert queue.waiting == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Priority), st.booleans()), min_size=1, max_size=12), st.randoms())
def test_any_crowd_gets_its_turns_one_at_a_time(crowd: list[tuple[Priority, bool]], chance: random.Random) -> None:
    queue = ModelQueue()
    inside: list[int] = []
    most: list[int] = []

    def work(number: int, priority: Priority, twice: bool) -> None:
        with queue.turn(priority):
            inside.append(number)
            most.append(len(inside))
            if twice:
                with queue.turn(priority):
                    time.sleep(0.0005)
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(n, *who)) for n, who in enumerate(crowd)]
    chance.shuffle(threads)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == len(crowd)
    assert max(most) == 1


class SlowEmbedder:
    """Counts how many texts come at a time."""

    name = "slow"
    dimension = 2

    def __init__(self) -> None:
        self.calls: list[int] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(len(texts))
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32).reshape(len(texts), 2)


def test_many_texts_are_embedded_in_short_turns_with_the_same_rows() -> None:
    slow = SlowEmbedder()
    texts = ["x" * n for n in range(100)]
    rows = QueuedEmbedder(slow, ModelQueue()).embed(texts)
    assert rows[:, 0].tolist() == list(range(100))
    assert max(slow.calls) <= QueuedEmbedder.TEXTS
    assert QueuedEmbedder(slow, ModelQueue()).embed([]).shape == (0, 2)


def test_a_turn_of_embedding_grows_while_it_is_short_and_shrinks_when_it_is_long() -> None:
    for seconds_a_text, wanted in ((0.001, [8, 16, 32, 64, 64]), (0.09, [8, 4, 4, 4, 4])):
        slow = SlowEmbedder()

        def now(slow: SlowEmbedder = slow, cost: float = seconds_a_text) -> float:
            return sum(slow.calls) * cost

        QueuedEmbedder(slow, ModelQueue(), now).embed(["x"] * 400)
        assert slow.calls[:5] == wanted


def test_the_weights_are_loaded_before_a_turn_is_taken() -> None:
    queue = ModelQueue()
    waited: list[bool] = []

    class Loading(SlowEmbedder):
        @property
        def dimension(self) -> int:  # type: ignore[override]
            other = threading.Thread(target=lambda: waited.append(turn_is_free(queue)))
            other.start()
            other.join()
            return 2

    QueuedEmbedder(Loading(), queue).embed(["x"])
    assert waited == [True]


def turn_is_free(queue: ModelQueue) -> bool:
    """Whether a turn comes at once."""
    came = threading.Event()

    def take() -> None:
        with queue.turn():
            came.set()

    threading.Thread(target=take, daemon=True).start()
    return came.wait(2)


class Scorer:
    def score(self, texts: Sequence[str]) -> list[TokenScores]:
        return [TokenScores(((0, len(text)),), (-float(len(text)),)) for text in texts]


def test_many_texts_are_scored_in_order() -> None:
    found = QueuedScorer(Scorer(), ModelQueue()).score(["x" * n for n in range(1, 30)])
    assert [scores.logprobs[0] for scores in found] == [-float(n) for n in range(1, 30)]


class Costly(ScriptedEngine):
    def generate(self, requests: Sequence[Request], stop: object) -> Iterator[Chunk]:  # type: ignore[override]
        yield Chunk(0, "rain ", (-1.0,))
        yield Chunk(0, "falls", (-1.0,), "stop", prompt_tokens=120, cached_tokens=90)


def test_a_batch_is_measured_with_what_its_prompts_cost() -> None:
    engine = MeteredEngine(Costly())
    batches: list[object] = []
    engine.on_batch = batches.append
    list(engine.generate([Request((Message("user", "x"),))], threading.Event()))
    (batch,) = batches
    assert (batch.tokens, batch.prompt_tokens, batch.cached_tokens) == (2, 120, 90)  # type: ignore[attr-defined]
    assert batch.memory > 1_000_000  # type: ignore[attr-defined]
