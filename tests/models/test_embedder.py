"""The real MiniLM: unit vectors that know what a text is about, loaded without a socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from memory.database import Database
from memory.embedder import SentenceEmbedder
from memory.errors import EmbedderFailed
from memory.works import Memory

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedder() -> Iterator[SentenceEmbedder]:
    """The default model, or the folder that COCREATE_EMBEDDER names."""
    named = os.environ.get("COCREATE_EMBEDDER")
    if named:
        folder = Path(named)
    else:
        from cocreate.models import resolve_embedder
        from cocreate.settings import resolve

        settings = resolve(None, None, os.environ, {}).settings
        folder = resolve_embedder(settings, lambda done, total: None)
    real = socket.socket.connect
    socket.socket.connect = lambda *_: pytest.fail("a socket was opened")  # type: ignore[assignment,method-assign]
    try:
        yield SentenceEmbedder(folder, threads=2)
    finally:
        socket.socket.connect = real  # type: ignore[method-assign]


def test_vectors_are_of_norm_one_and_know_the_subject(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed(
        ["Autumn rain in the yard", "It poured all October behind the house", "The quarterly tax report", ""]
    )
    assert vectors.shape == (4, embedder.dimension) == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert embedder.embed([]).shape == (0, 384)


def test_a_text_has_the_same_vector_alone_and_in_a_batch(embedder: SentenceEmbedder) -> None:
    texts = ["Rain.", "A much longer text about the sea and the boats that obey it. " * 5, "雨"]
    together = embedder.embed(texts)
    assert np.abs(together - np.concatenate([embedder.embed([text]) for text in texts])).max() < 1e-5


def test_the_name_tells_the_weights(embedder: SentenceEmbedder) -> None:
    assert embedder.name.removesuffix("+int8").endswith("@53aa51172d14")


def test_a_passage_is_found_by_its_meaning_without_a_shared_word(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    with closing(Database.open(tmp_path / "cocreate.db")) as database:
        memory = Memory(database, embedder, tmp_path / "index")
        memory.add_text("storm", "It poured all October, and the gutters sang behind the house.")
        memory.add_text("letters", "We burned every envelope in the kitchen stove.")
        memory.add_text("boats", "Fishermen mended nets along the harbour.")
        queries = ("autumn rain", "destroying old mail", "ocean trade")
        assert [memory.search(query, 1)[0].title for query in queries] == ["storm", "letters", "boats"]


def test_a_folder_without_a_model_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbedderFailed, match="holds no embedding model"):
        SentenceEmbedder(tmp_path).embed(["rain"])
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(EmbedderFailed, match="holds no embedding model"):
        SentenceEmbedder(tmp_path).embed(["rain"])
