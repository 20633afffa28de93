"""The search index is a cache: whatever happens to its file, the store brings it back."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory import index as index_module
from memory import index_file as index_files
from memory.codes import as_bytes, as_vectors
from memory.compressed import ids_of
from memory.database import Database
from memory.embedder import HashEmbedder, unit_vectors
from memory.errors import EmbedderFailed
from memory.works import Memory

POEMS = {
    "rain": "Autumn rain falls on the courtyard stones and the empty chairs.",
    "sea": "The sea keeps its own clock and the boats obey it without a word.",
    "fire": "We burned the letters in the kitchen stove before the winter came.",
}
SMALL = 20
"""Passages compared one by one before a compressed index is made, in these tests."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database.open(tmp_path / "cocreate.db")) as database:
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def opened(database: Database, folder: Path) -> Memory:
    return Memory(database, HashEmbedder(), folder, exact_most=SMALL)


def filled(database: Database, folder: Path) -> Memory:
    """The poems and enough notes for a compressed index."""
    memory = opened(database, folder)
    for title, text in POEMS.items():
        memory.add_text(title, text)
    for number in range(2 * SMALL):
        memory.add_text(
            f"note {number}", f"Note {number}: {number * 7} lanterns, {number * 11} steps, nobody at {number}."
        )
    return memory


def found(memory: Memory, query: str = "autumn rain on the stones") -> list[str]:
    return [hit.title for hit in memory.search(query, 3)]


def index_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    assert path.suffix == ".faiss"
    return path


def ids(memory: Memory) -> list[int]:
    return sorted(memory._index.ids(HashEmbedder().name, HashEmbedder().dimension))


def stored(database: Database) -> list[int]:
    return [row["id"] for row in database.query("SELECT id FROM passages ORDER BY id")]


def test_deleting_the_index_loses_nothing(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    before = found(memory)
    index_file(folder).unlink()
    folder.rmdir()
    assert found(opened(database, folder)) == before
    assert before[0] == "rain"
    assert index_file(folder).stat().st_mode & 0o777 == 0o600


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def stale(path: Path) -> None:
    header, body = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps(json.loads(header) | {"last": 3}).encode() + b"\n" + body)


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
    assert found(opened(database, folder)) == before
    assert index_file(folder).read_bytes() == whole


def test_a_whole_index_file_is_used_and_not_built_again(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(filled(database, folder))
    monkeypatch.setattr(index_module, "train", lambda *_: pytest.fail("built again"))
    assert found(opened(database, folder)) == before


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


def test_another_embedder_gets_vectors_of_its_own_in_place_of_the_old_ones(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    before = found(memory)
    assert found(Memory(database, HashEmbedder(64), folder))[0] == before[0]
    assert database.query("SELECT count(*) FROM vectors")[0][0] == len(stored(database))
    assert found(memory) == before


def test_an_index_folder_that_cannot_be_written_stops_no_search(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert found(filled(database, tmp_path / "file" / "index"))[0] == "rain"


def test_scores_are_the_cosines_of_the_vectors(database: Database, folder: Path) -> None:
    hits = filled(database, folder).search("autumn rain", 3)
    vectors = HashEmbedder().embed(["autumn rain", *(hit.passage.text for hit in hits)])
    assert [hit.score for hit in hits] == pytest.approx((vectors[1:] @ vectors[0]).tolist(), abs=0.01)


def test_each_passage_can_be_found_once_through_additions_and_removals(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    assert ids(memory) == stored(database)
    memory.add_text("rain again", POEMS["rain"])
    for work in memory.works()[::5]:
        memory.remove(work.id)
    assert ids(memory) == stored(database)
    assert ids(opened(database, folder)) == stored(database)


def test_adding_a_work_leaves_the_index_file_as_it_is(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    found(memory)
    before = index_file(folder).read_bytes()
    memory.add_text("crow", "A crow on the wire says what it always says.")
    assert found(memory, "a crow on the wire")[0] == "crow"
    assert index_file(folder).read_bytes() == before


def test_a_forgotten_passage_is_taken_out_of_the_index_file(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    found(memory)
    (gone,) = [row["id"] for row in database.query("SELECT p.id FROM passages p JOIN works w ON w.id = p.work_id "
                                                  "WHERE w.title = 'rain'")]  # fmt: skip
    memory.remove(next(work.id for work in memory.works() if work.title == "rain"))
    read = index_files.read(index_file(folder), HashEmbedder().name, HashEmbedder().dimension)
    assert read is not None
    assert gone not in ids_of(read[1]).tolist()
    assert len(ids_of(read[1])) > 0


def test_the_compressed_index_finds_what_comparing_one_by_one_finds(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    exact = Memory(database, HashEmbedder(), folder / "none")
    for number in range(0, 2 * SMALL, 9):
        query = HashEmbedder().embed([f"{number * 7} lanterns, {number * 11} steps"])[0]
        name = HashEmbedder().name
        assert memory._index.search(name, query, 5) == exact._index.search(name, query, 5)


def test_the_lists_are_made_anew_when_the_library_has_outgrown_them(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    found(memory)
    for number in range(12 * SMALL):
        memory.add_text(f"more {number}", f"More {number}: {number * 3} gulls over {number * 5} roofs.")
    found(memory)
    read = index_files.read(index_file(folder), HashEmbedder().name, HashEmbedder().dimension)
    assert read is not None
    assert read[0].trained > 4 * SMALL
    assert ids(memory) == stored(database)


def test_a_query_vector_that_is_not_finite_finds_nothing(database: Database, folder: Path) -> None:
    memory = filled(database, folder)
    vector = np.full(HashEmbedder().dimension, np.nan, dtype=np.float32)
    assert memory._index.search(HashEmbedder().name, vector, 3) == []


def test_vectors_come_back_from_the_store_nearly_as_they_were() -> None:
    vectors = HashEmbedder(64).embed(["autumn rain", "秋雨", "x"])
    kept = as_bytes(vectors)
    assert [len(one) for one in kept] == [68] * 3
    assert as_vectors(kept, 64) == pytest.approx(vectors, abs=0.005)
    assert as_vectors(as_bytes(np.zeros((1, 4), dtype=np.float32)), 4).tolist() == [[0, 0, 0, 0]]


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
