"""What is recalled: by meaning and by words, from the works that were asked for, as the writer marked it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.allowed import Allowed
from memory.database import Database
from memory.embedder import HashEmbedder
from memory.errors import NoSuchWork
from memory.lexical import WordIndex, terms
from memory.recall import fused, spread
from memory.records import Filters, Hit
from memory.works import Memory

WORKS = {
    "keeper": ("The lighthouse keeper counted gulls until the lamp went out.", "noir", "2019-05"),
    "letters": ("Dear Anna, the lamp you sent me burns all night beside the window.", "letters", "2021"),
    "road": ("Nobody walks the salt road now, only the wind and a lamp in the hand of a child.", "noir", ""),
    "秋": ("秋雨落在院子里，没有人问灯去了哪里。", "letters", "2020-01-31"),
}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with closing(Database.open(tmp_path / "cocreate.db")) as database:
        memory = Memory(database, HashEmbedder(), tmp_path / "index")
        for title, (text, collection, written) in WORKS.items():
            work = memory.add_text(title, text, collection=collection).work
            assert work is not None
            memory._shelf.describe(replace(work, written=written))
        yield memory


def titles(hits: list[Hit]) -> list[str]:
    return [hit.title for hit in hits]


def passage(memory: Memory, title: str) -> int:
    return next(hit.passage.id for hit in memory.search("lamp 灯", 9) if hit.title == title)


def test_words_of_unspaced_scripts_are_pairs_and_other_words_are_words() -> None:
    assert terms("The Sea—秋雨落, ＡＢ1 月。") == ["the", "sea", "秋雨", "雨落", "ab1", "月"]


@pytest.mark.parametrize("query", ["gulls the counted keeper", "keepers counting a gull", "秋雨", "院子里没有", "雨"])
def test_a_query_of_any_length_and_script_finds_its_passage_by_words(memory: Memory, query: str) -> None:
    words = WordIndex(memory._database)
    (best, *_) = words.search(query, 3, 4)
    assert memory.hits([best])[0].title == ("秋" if query > "z" else "keeper")


@pytest.mark.parametrize(
    "query", ['"', "a OR b NOT (", "*", "NEAR(x y)", "rain AND", "\x00", "’", "'; DROP TABLE works"]
)
def test_no_query_is_taken_for_a_command(memory: Memory, query: str) -> None:
    assert len(memory.search(query, 3)) <= 3
    assert memory.count() == 4


def test_a_hit_says_where_it_is_from_and_what_found_it(memory: Memory) -> None:
    hit = memory.search("lighthouse keeper gulls", 1)[0]
    assert (hit.title, hit.collection, hit.found_by, hit.passage.ordinal, hit.passage.start) == (
        "keeper", "noir", "both", 0, 0,
    )  # fmt: skip
    assert hit.passage.end == len(WORKS["keeper"][0])


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), {"keeper", "letters", "road", "秋"}),
        (Filters(collection="noir"), {"keeper", "road"}),
        (Filters(collection=""), set()),
        (Filters(collections=("letters", "none")), {"letters", "秋"}),
        (Filters(language="zh"), {"秋"}),
        (Filters(kind="script"), set()),
        (Filters(since="2020"), {"letters", "秋"}),
        (Filters(until="2020-01"), {"keeper", "秋"}),
        (Filters(since="2019-05-20", until="2019"), {"keeper"}),
        (Filters(collection="letters", since="2021-03"), {"letters"}),
    ],
)
def test_a_search_looks_only_at_works_that_pass_the_filters(memory: Memory, filters: Filters, wanted: set[str]) -> None:
    assert set(titles(memory.search("lamp 灯", 9, filters))) == wanted


def test_a_filtered_search_finds_as_many_as_are_asked_for_behind_any_number_of_better_ones(memory: Memory) -> None:
    for number in range(150):
        memory.add_text(f"x{number}", f"lamp lamp lamp {number}")
    assert set(titles(memory.search("lamp lamp lamp", 2, Filters(collection="noir")))) == {"keeper", "road"}


def test_a_moved_work_is_found_in_its_new_collection(memory: Memory) -> None:
    assert "road" in titles(memory.search("salt road", 9, Filters(collection="noir")))
    memory.move(next(work.id for work in memory.works() if work.title == "road"), "letters")
    assert "road" not in titles(memory.search("salt road", 9, Filters(collection="noir")))
    assert titles(memory.search("salt road", 1, Filters(collection="letters"))) == ["road"]


def test_a_pinned_passage_comes_first_an_excluded_one_never_and_a_corrected_one_in_its_new_words(
    memory: Memory,
) -> None:
    road, letters, keeper = (passage(memory, title) for title in ("road", "letters", "keeper"))
    memory.mark(road, "pinned", "piece-1")
    memory.mark(letters, "excluded", "piece-1")
    memory.mark(keeper, "corrected", text="The keeper counted crows.")
    hits = memory.search("lighthouse keeper lamp", 3, piece_id="piece-1")
    assert (hits[0].title, hits[0].found_by) == ("road", "pinned")
    assert "letters" not in titles(hits)
    assert next(hit for hit in hits if hit.title == "keeper").corrected == "The keeper counted crows."
    elsewhere = memory.search("lighthouse keeper lamp", 4, piece_id="piece-2")
    assert elsewhere[0].title == "keeper"
    assert "letters" in titles(elsewhere)


def test_marks_of_a_piece_come_before_those_for_good_and_can_be_taken_back(memory: Memory) -> None:
    road = passage(memory, "road")
    memory.mark(road, "excluded")
    memory.mark(road, "pinned", "piece-1")
    assert titles(memory.search("gulls", 1, piece_id="piece-1")) == ["road"]
    assert "road" not in titles(memory.search("salt road", 4))
    assert memory.usable([(road, 0.5)]) == []
    memory.mark(road, "")
    memory.mark(road, "", "piece-1")
    assert titles(memory.search("salt road", 1, piece_id="piece-1")) == ["road"]


def test_a_pinned_passage_outside_the_filters_stays_out(memory: Memory) -> None:
    memory.mark(passage(memory, "letters"), "pinned")
    assert "letters" not in titles(memory.search("lamp", 4, Filters(collection="noir")))


def test_a_passage_that_is_not_there_cannot_be_marked(memory: Memory) -> None:
    with pytest.raises(NoSuchWork, match="No passage has the number 999"):
        memory.mark(999, "pinned")


def test_marks_outlive_a_change_elsewhere_in_the_work_and_go_with_the_work(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    first, second = ("The ferry left at six. " * 40).strip(), ("A bell rang under the ice. " * 40).strip()
    path.write_text(f"{first}\n\n{second}", encoding="utf-8")
    list(memory.add([path]))
    bell = next(hit for hit in memory.search("bell under the ice", 2) if "bell" in hit.passage.text)
    memory.mark(bell.passage.id, "pinned")
    path.write_text(f"{first} Again.\n\n{second}", encoding="utf-8")
    assert [report.outcome for report in memory.add([path])] == ["changed"]
    hit = memory.search("gulls", 1)[0]
    assert (hit.found_by, hit.passage.text) == ("pinned", bell.passage.text)
    memory.remove(hit.passage.work_id)
    assert memory._database.query("SELECT * FROM passage_marks") == []


def test_a_changed_work_is_found_by_its_new_words_only(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Xylotomy of the first night.", encoding="utf-8")
    list(memory.add([path]))
    path.write_text("Quinquereme of the second night.", encoding="utf-8")
    list(memory.add([path]))
    words = WordIndex(memory._database)
    assert words.search("xylotomy", 3, 5) == []
    assert len(words.search("quinquereme", 3, 5)) == 1


def test_rankings_are_joined_by_their_ranks() -> None:
    joined = fused([[(1, 0.9), (2, 0.8)], [(2, 7.0), (3, 6.0)]])
    assert joined == [(2, 1 / 12 + 1 / 11), (1, 1 / 11), (3, 1 / 12)]


def test_of_two_passages_that_say_the_same_the_second_waits() -> None:
    vectors = {1: np.array([1.0, 0.0]), 2: np.array([1.0, 0.0]), 3: np.array([0.0, 1.0])}
    near = {at: vector.astype(np.float32) for at, vector in vectors.items()}
    assert spread([(1, 0.03), (2, 0.029), (3, 0.028)], near, 3) == [1, 3, 2]
    assert spread([(1, 0.03), (2, 0.029)], near, 1) == [1]
    assert spread([], near, 2) == []


def test_ranges_of_ids_answer_what_is_inside() -> None:
    allowed = Allowed(((2, 3), (7, 7)))
    ids = np.arange(10, dtype=np.int64)
    assert ids[allowed.holds(ids)].tolist() == [2, 3, 7]
    assert np.unpackbits(allowed.bitmap, bitorder="little")[:8].tolist() == [0, 0, 1, 1, 0, 0, 0, 1]
    assert (allowed.total, allowed.up_to(2), allowed.sample(3), allowed.sample(1)) == (3, 1, [2, 3, 7], [2])
    assert not Allowed(()).holds(ids).any()


def test_another_embedder_gives_every_passage_a_vector_of_its_own_and_the_old_ones_go(
    memory: Memory, tmp_path: Path
) -> None:
    memory.search("lamp", 1)
    (tmp_path / "index").mkdir(exist_ok=True)
    left = tmp_path / "index" / "passages-of-the-old-one.faiss"
    left.write_bytes(b"old")
    other = Memory(memory._database, HashEmbedder(64), tmp_path / "index")
    assert titles(other.search("the keeper counted gulls", 1)) == ["keeper"]
    rows = memory._database.query("SELECT e.name, count(*) FROM vectors v JOIN embedders e ON e.id = v.embedder")
    assert [tuple(row) for row in rows] == [("hash-64", len(WORKS))]
    assert not left.exists()
