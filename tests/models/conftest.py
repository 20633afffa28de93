"""The default models, through the product's own store: fetched once into the usual cache (or COCREATE_CACHE)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import EMBEDDER, WRITER, ModelStore
from cocreate.settings import find_cache


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The model cache of this machine."""
    return find_cache(None, os.environ)


@pytest.fixture(scope="session")
def writer_path(model_cache: Path) -> Path:
    """The default GGUF file."""
    return ModelStore(model_cache).fetch(WRITER)


@pytest.fixture(scope="session")
def embedder_path(model_cache: Path) -> Path:
    """The default sentence-transformers folder."""
    return ModelStore(model_cache).fetch(EMBEDDER)


@pytest.fixture(scope="session")
def llama(writer_path: Path) -> Iterator[LlamaCppEngine]:
    """The default engine on the default model."""
    engine = LlamaCppEngine(writer_path, context=1024, parallel=4)
    yield engine
    engine.close()
