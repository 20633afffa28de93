"""The search index is a cache: whatever happens to its file, the store brings it back."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from memory.database import Database
from memory.embedder import HashEmbedder, unit_vectors
from memory.errors import EmbedderFailed
from memory.index import PassageIndex
from memory.store import Store
from memory.works import Memory

POEMS = {
    "rain": "Autumn rain falls on the courtyard stones and the empty chairs.",
    "sea": "The sea keeps its own clock and the boats obey it without a word.",
    "fire": "We burned the letters in the kitchen stove before the winter came.",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database.open(tmp_path / "cocreate.db")) as database:
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def filled(database: Database, folder: Path) -> Memory:
    memory = Memory(database, HashEmbedder(), folder)
    for title, text in POEMS.items():
        memory.add_text(title, text)
    return memory


def found(memory: Memory, query: str = "autumn rain on the stones") -> list[str]:
    return [hit.title for hit in memory.search(query, 3)]


def index_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_deleting_the_index_loses_nothing(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    before = found(memory)
    index_file(folder).unlink()
    folder.rmdir()
    assert found(Memory(database, HashEmbedder(), folder)) == before
    assert before[0] == "rain"
    assert index_file(folder).stat().st_mode & 0o777 == 0o600


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def stale(path: Path) -> None:
    header, body = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps(json.loads(header) | {"revision": "0-0"}).encode() + b"\n" + body)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\x00 nonsense" * 1000),
        lambda path: path.write_bytes(b"[1]\n" + path.read_bytes()),
        flip_a_bit,
        stale,
    ],
    ids=["truncated", "empty", "nonsense", "other header", "one bit", "stale"],
)
def test_a_broken_index_file_is_rebuilt(database: Database, folder: Path, break_it: Callable[[Path], None]) -> None:
    before = found(filled(database, folder))
    whole = index_file(folder).read_bytes()
    break_it(index_file(folder))
    assert index_file(folder).read_bytes() != whole
    assert found(Memory(database, HashEmbedder(), folder)) == before
    assert index_file(folder).read_bytes() == whole


def test_a_whole_index_file_is_used_and_not_built_again(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(filled(database, folder))
    monkeypatch.setattr(Store, "vectors", lambda *_: pytest.fail("built again"))
    assert found(Memory(database, HashEmbedder(), folder)) == before


def test_the_index_of_another_database_is_not_believed(database: Database, folder: Path, tmp_path: Path) -> None:
    found(filled(database, folder))
    with closing(Database.open(tmp_path / "other.db")) as other:
        memory = Memory(other, HashEmbedder(), folder)
        for title in ("one", "two", "three"):
            memory.add_text(title, f"{title} crow on the wire in the morning")
        assert sorted(found(memory, "crow")) == ["one", "three", "two"]


def test_a_work_added_through_another_connection_is_found(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    assert found(memory, "a crow on the wire")[0] != "crow"
    with closing(Database.open(database.path)) as second:
        Memory(second, HashEmbedder(), folder).add_text("crow", "A crow on the wire says what it always says.")
        assert found(memory, "a crow on the wire")[0] == "crow"
        Memory(second, HashEmbedder(), folder).remove(memory.works()[-1].id)
        assert "crow" not in found(memory, "a crow on the wire")


def test_another_embedder_gets_vectors_of_its_own(database: Database, folder: Path) -> None:
    before = found(filled(database, folder))
    assert sorted(found(Memory(database, HashEmbedder(64), folder))) == sorted(before)
    assert database.query("SELECT count(*) FROM vectors")[0][0] == 2 * len(POEMS)
    assert found(Memory(database, HashEmbedder(), folder)) == before


def test_an_index_folder_that_cannot_be_written_stops_no_search(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert found(filled(database, tmp_path / "file" / "index"))[0] == "rain"


def test_scores_are_the_cosines_of_the_vectors(database: Database, folder: Path) -> None:
    hits = filled(database, folder).search("autumn rain", 3)
    vectors = HashEmbedder().embed(["autumn rain", *(hit.passage.text for hit in hits)])
    assert [hit.score for hit in hits] == pytest.approx((vectors[1:] @ vectors[0]).tolist(), abs=1e-6)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_each_passage_is_in_the_index_once(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    found(memory)
    memory.add_text("rain again", POEMS["rain"])
    body = index_file(folder).read_bytes().split(b"\n", 1)[1]
    index = faiss.deserialize_index(np.frombuffer(body, dtype=np.uint8))
    ids = faiss.vector_to_array(index.id_map).tolist()
    assert sorted(ids) == [row["id"] for row in database.query("SELECT id FROM passages ORDER BY id")]


def test_a_query_vector_that_is_not_finite_finds_nothing(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    found(memory)
    index = PassageIndex(Store(database), folder)
    vector = np.full(HashEmbedder().dimension, np.nan, dtype=np.float32)
    assert index.search(HashEmbedder().name, vector, 3) == []


class OddEmbedder(HashEmbedder):
    """Gives whatever it is told to."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        super().__init__(2)
        self._vectors = vectors

    def embed(self, texts: object) -> NDArray[np.float32]:
        return self._vectors


@pytest.mark.parametrize(
    "vectors",
    [[[np.nan, 1]], [[np.inf, 1]], [[1, 0], [0, 1]], [[1, 0, 0]], [1, 0]],
    ids=["nan", "infinite", "too many", "too long", "flat"],
)
def test_numbers_that_are_no_vectors_are_refused(vectors: list[float], database: Database, folder: Path) -> None:
    embedder = OddEmbedder(np.array(vectors, dtype=np.float32))
    memory = Memory(database, embedder, folder)
    with pytest.raises(EmbedderFailed, match="no usable numbers"):
        memory.add_text("rain", POEMS["rain"])
    assert memory.count() == 0


@pytest.mark.parametrize("scale", [1e-30, 1e30, 0.0])
def test_huge_and_tiny_vectors_are_brought_to_norm_one(scale: float) -> None:
    vectors = unit_vectors(OddEmbedder(np.array([[3 * scale, 4 * scale]], dtype=np.float32)), ["x"])
    assert vectors[0].tolist() == pytest.approx([0.6, 0.8] if scale else [0.0, 0.0])


def test_the_hash_embedder_is_the_same_in_every_process() -> None:
    vectors = HashEmbedder(8).embed(["秋雨 rain", "", "♪"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)
    assert vectors[1:].tolist() == [[1, 0, 0, 0, 0, 0, 0, 0]] * 2
    assert vectors[0].tolist() == pytest.approx(HashEmbedder(8).embed(["秋雨 RAIN"])[0].tolist())
    assert HashEmbedder(8).embed([]).shape == (0, 8)
