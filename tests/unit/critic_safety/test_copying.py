"""Copied runs are found with their source, whatever an editor did to them."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.critique.copying import CHARACTERS, WORDS, copies
from memory.database import Database, Migration
from memory.embedder import HashEmbedder
from memory.migrations import M001_WORKS
from memory.records import Excerpt
from memory.shingles import SURE, fold
from memory.works import Memory

ENGLISH = (
    "The lamp went out before the rain began, and nobody in the long house asked who had carried it away; we sat by "
    "the cold stove and listened to the gutters — counting, as children do, the seconds between one light and the next."
)
CHINESE = "秋雨落在院子里，没有人问灯去了哪里。我们坐在冷炉子旁边，听着屋檐的水声，像孩子一样数着闪电之间的时间。"
POOL = [
    "lamp",
    "rain",
    "stove",
    "gutter",
    "child",
    "light",
    "house",
    "asked",
    "carried",
    "cold",
    "and",
    "the",
    "a",
    "of",
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def memory(home: Path) -> Iterator[Memory]:
    with closing(Database.open(home / "cocreate.db")) as database:
        yield Memory(database, HashEmbedder(), home / "index")


def found(text: str, *sources: str) -> list[tuple[str, int, str]]:
    works = [Excerpt(f"work {place}", source, str(place)) for place, source in enumerate(sources)]
    return [(text[one.start : one.end], one.length, one.source) for one in copies(text, works).found]


def test_a_run_of_twelve_words_is_found_and_one_of_eleven_is_told_as_shared():
    twelve = " ".join(ENGLISH.split()[3:15])
    eleven = " ".join(ENGLISH.split()[3:14])
    assert found(f"Then: {twelve}, said Ann.", "Nothing here.", ENGLISH) == [(twelve, 12, "work 1")]
    result = copies(f"Then: {eleven}, said Ann.", [Excerpt("work", ENGLISH)])
    assert result.found == () and result.below is not None
    assert (result.below.length, result.below.source, result.below.quote) == (11, "work", eleven)


def test_a_run_of_twenty_chinese_characters_is_found_whatever_its_punctuation():
    cut = fold(CHINESE).words[9:29]
    assert len(cut) == CHARACTERS
    copied = "！\n".join(("".join(cut[:7]), "".join(cut[7:])))
    assert found(f"他说：{copied}。", CHINESE) == [(copied, 20, "work 0")]
    short = copies(f"他说：{''.join(cut[:15])}。", [Excerpt("work", CHINESE)])
    assert short.found == () and short.below is not None and short.below.length == 15


@pytest.mark.parametrize(
    "edited",
    [
        ENGLISH.upper(),
        ENGLISH.replace(" ", "\n"),
        ENGLISH.replace(",", " --").replace(";", "").replace("—", "..."),
        "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalpha() else c for c in ENGLISH),
        ENGLISH.replace("a", "a\u00ad"),
    ],
    ids=["case", "line breaks", "punctuation", "full width", "soft hyphens"],
)
def test_what_an_editor_changes_does_not_hide_a_copy(edited: str):
    (one,) = copies(f"She wrote. {edited} She stopped.", [Excerpt("Rain", ENGLISH)]).found
    assert one.start == len("She wrote. ")
    assert one.end >= one.start + len(edited.rstrip(".")) - 1
    assert one.source == "Rain"


def test_apostrophes_and_accents_count_as_the_same_however_they_are_written():
    source = "I don’t know the café where it’s always raining and nobody’s uncle sings at noon"
    copied = "i don't know the cafe\u0301 where it's always raining and nobodys uncle sings at noon"
    assert [one[1] for one in found(copied, source)] == [len(source.split())]


def test_a_dash_between_spaces_counts_as_it_does_for_who_counts_by_eye():
    text = "we sat by the stove and listened to the gutters — counting"
    assert len(text.split()) == WORDS
    assert found(text, ENGLISH.replace("cold ", "")) == [(text, WORDS, "work 0")]


def test_nothing_runs_from_one_place_of_a_work_into_another():
    words = ENGLISH.split()
    joined = " ".join(words[:8] + words[20:28])
    assert found(joined, ENGLISH) == []


def test_a_text_of_one_repeated_line_ends_soon_and_is_one_run():
    line = "the rain came down on the roof of the long low house again\n"
    (one,) = found(line * 2000, line * 2000)
    assert one[1] == 2000 * len(line.split())


@settings(deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from(POOL), min_size=20, max_size=120), min_size=1, max_size=4),
    around=st.lists(st.sampled_from(["stone", "river", "blue", "seven"]), max_size=20),
    data=st.data(),
)
def test_every_cut_of_twelve_words_from_any_text_is_found_with_a_source_that_holds_it(
    texts: list[list[str]], around: list[str], data: st.DataObject
):
    chosen = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(chosen) - WORDS))
    end = data.draw(st.integers(start + WORDS, len(chosen)))
    marks = data.draw(st.lists(st.sampled_from([" ", "\n", ", ", " — ", "... "]), min_size=200, max_size=200))
    cut = "".join(word + mark for word, mark in zip(chosen[start:end], marks, strict=False)).rstrip(" \n,—.")
    before = " ".join(around)
    text = f"{before} {cut} {before}"
    works = [Excerpt(str(place), " ".join(words), str(place)) for place, words in enumerate(texts)]
    first = len(before) + 1
    covering = [one for one in copies(text, works).found if one.start <= first and first + len(cut) <= one.end]
    assert covering
    for one in covering:
        assert " ".join(fold(text[one.start : one.end]).words) in works[int(one.source)].text


def test_memory_misses_no_run_of_ten_words_of_any_work_or_reference(memory: Memory, tmp_path: Path):
    draw = random.Random(1)
    works = [[f"w{draw.randrange(60)}" for _ in range(draw.randrange(10, 400))] for _ in range(12)]
    for place, words in enumerate(works):
        path = tmp_path / f"{place}.txt"
        path.write_text(" ".join(words))
        (report,) = memory.add([path], reference=place % 2 == 0)
        assert report.outcome == "added"
    for _ in range(300):
        source = draw.choice(works)
        start = draw.randrange(len(source) - SURE + 1)
        run = source[start : start + SURE]
        near = memory.near(f"Stone and river, {' '.join(run).upper()}! Blue.")
        assert any(f" {' '.join(run)} " in f" {' '.join(fold(one.text).words)} " for one in near)


def test_the_marks_of_a_work_go_with_it_and_hold_none_of_its_words(memory: Memory, home: Path, tmp_path: Path):
    path = tmp_path / "rain.txt"
    path.write_text(ENGLISH)
    (report,) = memory.add([path])
    assert report.work is not None
    with closing(sqlite3.connect(home / "cocreate.db")) as seen:
        hashes, offsets = seen.execute("SELECT hashes, offsets FROM marks").fetchone()
    assert b"lamp" not in hashes + offsets
    assert len(hashes) == 2 * len(offsets) > 0
    memory.remove(report.work.id)
    assert memory.near(ENGLISH) == []
    everything = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert hashes not in everything
    assert b"cold stove" not in everything


def test_a_reference_is_checked_against_and_never_recalled(memory: Memory, tmp_path: Path):
    path = tmp_path / "rain.txt"
    path.write_text(ENGLISH)
    (report,) = memory.add([path], reference=True)
    assert report.work is not None
    assert (report.work.reference, report.work.passages) == (True, 0)
    assert (memory.count(), memory.search("rain lamp stove")) == (0, [])
    assert [one.title for one in memory.near(ENGLISH)] == ["rain"]
    assert memory.works() == [report.work]


def test_the_same_text_is_not_silently_turned_from_a_work_into_a_reference(memory: Memory, tmp_path: Path):
    path = tmp_path / "rain.txt"
    path.write_text(ENGLISH)
    (work,) = memory.add([path])
    (again,) = memory.add([path], reference=True)
    assert again.outcome == "refused"
    assert "as a work" in again.reason
    assert work.work is not None
    assert f"cocreate works remove {work.work.id}" in again.reason


def test_works_that_an_older_version_added_get_their_marks(home: Path):
    with closing(Database.open(home / "cocreate.db")) as database:
        database.migrate("memory", (Migration(1, "m001_works", M001_WORKS),))
        with database.transaction() as connection:
            connection.execute(
                "INSERT INTO works VALUES ('abc', 'hash', 'Rain', 'story', 'en', '', ?, ?, 0.0)",
                (ENGLISH, len(ENGLISH)),
            )
        memory = Memory(database, HashEmbedder(), home / "index")
        (near,) = memory.near(ENGLISH)
        assert (near.title, near.text) == ("Rain", ENGLISH)
        assert memory.works()[0].reference is False


def test_a_refrain_longer_than_its_source_is_covered_by_few_runs():
    line = "the rain came down on the roof of the long low house again\n"
    text = line * 1000
    runs = sorted(copies(text, [Excerpt("Rain", line * 40)]).found, key=lambda run: run.start)
    assert len(runs) < 100
    assert (runs[0].start, runs[-1].end) == (0, len(text) - 1)
    assert all(after.start <= run.end + 1 for run, after in pairwise(runs))
