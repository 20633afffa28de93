"""The default embedder without sentence-transformers, in 8 bits and not; that a vector depends on its text alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memory.embedder import SentenceEmbedder
from memory.int8 import able

pytestmark = pytest.mark.model
needs = pytest.mark.skipif(not able(), reason="this CPU has no instructions for 8-bit sums")

TEXTS = (
    "Rain fell on the courtyard all night.",
    "",
    "秋雨落在院子里。",
    "The price of copper rose.",
    "A storm soaked the yard until morning.",
    "the keeper climbed the stair with the oil can " * 40,
)


def test_the_exact_vectors_are_those_of_sentence_transformers(embedder_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(embedder_path), device="cpu", local_files_only=True)
    wanted = plain.encode(list(TEXTS), normalize_embeddings=True, show_progress_bar=False)
    assert np.abs(SentenceEmbedder(embedder_path, exact=True).embed(TEXTS) - wanted).max() < 1e-5


@needs
def test_vectors_in_8_bits_are_near_the_exact_ones_and_have_another_name(embedder_path: Path) -> None:
    small, exact = (SentenceEmbedder(embedder_path, threads=2, exact=exact) for exact in (False, True))
    assert small.name == f"{exact.name}+int8"
    assert small.dimension == exact.dimension
    one, other = small.embed(TEXTS), exact.embed(TEXTS)
    assert np.linalg.norm(one, axis=1) == pytest.approx(1.0, abs=1e-5)
    cosines = (one * other).sum(axis=1)
    assert cosines.min() > 0.99  # of the empty text: two tokens that no example has alone
    assert np.delete(cosines, TEXTS.index("")).min() > 0.997
    assert (one @ one[0]).argsort()[-2] == (other @ other[0]).argsort()[-2] == 4


@needs
def test_a_vector_is_the_same_to_the_bit_in_any_company_and_on_any_number_of_threads(embedder_path: Path) -> None:
    import torch

    before = torch.get_num_threads()
    try:
        alone = SentenceEmbedder(embedder_path, threads=1)
        wanted = np.concatenate([alone.embed([text]) for text in TEXTS])
        together = SentenceEmbedder(embedder_path, threads=2)
        assert (together.embed(TEXTS) == wanted).all()
        assert (together.embed(TEXTS[::-1] * 3)[: len(TEXTS)] == wanted[::-1]).all()
    finally:
        torch.set_num_threads(before)
