"""Which literature an adapter learns its job from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocreate.errors import InputRefused
from cocreate.roles import texts
from cocreate.roles.texts import draw, gather
from cocreate.training.job import TrainingText
from memory.readers import about


def of(author: str, number: int, characters: int) -> TrainingText:
    text = "\n\n".join(f"{author} {number} {'x' * 180}" for _ in range(max(1, characters // 200)))
    return TrainingText(f"{author}{number}", f"{number}", text, "story", "en", f"{author} {number}", author=author)


def shares(texts: list[TrainingText]) -> dict[str, float]:
    sizes: dict[str, int] = {}
    for text in texts:
        sizes[text.author] = sizes.get(text.author, 0) + len(text.text)
    return {author: size / sum(sizes.values()) for author, size in sizes.items()}


def test_no_author_is_more_than_a_fifth_where_enough_text_is_left():
    texts = [of("large", i, 4000) for i in range(60)] + [of(f"a{k}", i, 4000) for k in range(6) for i in range(14)]
    drawn, authors = draw(texts, 10**9, 0)
    found = shares(drawn)
    assert max(found.values()) == found["large"] <= 0.2 + 1e-3
    # What is small is taken whole.
    assert sum(text.author == "a3" for text in drawn) == 14
    assert (authors[0].name, authors[0].texts) == ("large", 60)
    assert authors[0].drawn < 60


def test_two_authors_keep_the_text_they_have():
    texts = [of("large", i, 4000) for i in range(20)] + [of("small", 0, 400)]
    assert len(draw(texts, 10**9, 0)[0]) == 21


def test_the_same_seed_draws_the_same_texts_and_another_draws_others():
    texts = [of("large", i, 4000) for i in range(60)] + [of(f"a{k}", i, 4000) for k in range(6) for i in range(14)]
    first, again, other = ([text.work_id for text in draw(texts, 10**9, seed)[0]] for seed in (1, 1, 2))
    assert first == again != other


def test_little_time_draws_little_and_of_everybody():
    texts = [of(f"a{k}", i, 8000) for k in range(8) for i in range(20)]
    drawn, authors = draw(texts, 40_000, 0)
    assert 30_000 < sum(author.tokens for author in authors) <= 40_000
    assert len({text.author for text in drawn}) == 8


def test_a_novel_is_cut_where_a_paragraph_ends():
    texts = [of("novelist", 0, 400_000), *(of(f"a{k}", 0, 80_000) for k in range(6))]
    drawn, _ = draw(texts, 10**9, 0)
    novel = next(text for text in drawn if text.author == "novelist")
    assert texts[0].text.startswith(novel.text) and novel.text.endswith("x")
    assert len(novel.content_hash) == 64
    assert 80_000 < len(novel.text) < 130_000


def test_author_and_kind_come_from_the_file_its_name_or_its_folder(tmp_path: Path):
    rows = [{"title": "Mending Wall", "text": "Something there is\nthat does not love a wall."}]
    (tmp_path / "robert_frost_verse.jsonl").write_text(json.dumps(rows[0]) + "\n")
    said = {"title": "Act\n\tI", "text": "Scene one, a room.", "author": "Oscar Wilde", "kind": "play"}
    (tmp_path / "all_of_it.jsonl").write_text(json.dumps(said) + "\n")
    (tmp_path / "鲁迅").mkdir()
    (tmp_path / "鲁迅" / "故乡_小说.txt").write_text("我冒了严寒，回到相隔二千余里的故乡去。", "utf-8")
    (tmp_path / "鲁迅" / "秋夜.txt").write_text("在我的后园，可以看见墙外有两株树。", "utf-8")
    found = {text.title: text for text in gather(tmp_path, 10, 0).texts}
    assert (found["Mending Wall"].author, found["Mending Wall"].kind) == ("Robert Frost", "poem")
    assert (found["Act I"].author, found["Act I"].kind) == ("Oscar Wilde", "script")
    assert (found["秋夜"].author, found["秋夜"].language) == ("鲁迅", "zh")
    assert next(text for text in found.values() if text.text.startswith("我冒")).kind == "story"


def test_the_same_text_twice_is_read_once_and_what_cannot_be_read_is_named(tmp_path: Path):
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("A lamp stood in the window.")
    (tmp_path / "bad.jsonl").write_text('{"text": "a line of words"}\n{"title": "no text"}\n')
    (tmp_path / "broken.docx").write_bytes(b"nothing")
    (tmp_path / "empty.txt").write_text(" \n")
    found = gather(tmp_path, 10, 0)
    assert sorted(text.text for text in found.texts) == ["A lamp stood in the window.", "a line of words"]
    assert any("bad.jsonl" in one and "Line 2" in one for one in found.refused)
    assert any("broken.docx" in one for one in found.refused)


def test_what_is_not_drawn_is_literature_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(texts, "LEAST", 400)
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(f"Line {number} of a long day.\n" * 200)
    found = gather(tmp_path, 0.001, 0)
    assert sum(len(text.text) for text in found.texts) < 3 * 200 * 20
    assert sorted(text.count("long day") for text in found.literature) == [200] * 4


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_a_folder_that_is_none_or_holds_no_text_is_refused(tmp_path: Path, make):
    make(tmp_path / "texts")
    with pytest.raises(InputRefused) as refused:
        gather(tmp_path / "texts", 10, 0)
    assert "texts" in str(refused.value) and refused.value.next_step


def test_a_reader_hands_out_the_author():
    assert about.document({"作者": " 鲁迅 "}, "x").author == "鲁迅"
    assert about.document({"Author": "W. B. Yeats"}, "x").author == "W. B. Yeats"
