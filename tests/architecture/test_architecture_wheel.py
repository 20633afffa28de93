"""What .ci/check-wheel says of the adapters in a wheel."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from cocreate.models.specs import WRITER

ROOT = Path(__file__).parents[2]
CARD = {
    "role": "drafting", "base_sha256": WRITER.sha256, "base_name": "a.gguf", "adapter": "", "bad_at": "irony",
}  # fmt: skip


@pytest.fixture(scope="module")
def check() -> ModuleType:
    loader = SourceFileLoader("check_wheel", str(ROOT / ".ci" / "check-wheel"))
    spec = spec_from_loader("check_wheel", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def said(check: ModuleType, tmp_path: Path) -> Callable[..., list[str]]:
    def faults(role: str = "drafting", size: int = 10, without: str = "", **card: object) -> list[str]:
        with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
            wheel.writestr("cocreate/roles/library.py", "")
            for name in check.ADAPTER_FILES:
                content = json.dumps(CARD | card) if name == "card.json" else "x" * size
                if name != without:
                    wheel.writestr(f"cocreate/roles/shipped/{role}/{name}", content)
        with zipfile.ZipFile(tmp_path / "w.whl") as wheel:
            found: list[str] = check.adapter_faults(wheel)
        return found

    return faults


def test_a_whole_adapter_of_the_default_model_passes(said: Callable[..., list[str]]):
    assert said() == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"role": "painting"}, "no agent has this job"),
        ({"without": "adapter_config.json"}, "missing: cocreate/roles/shipped/drafting/adapter_config.json"),
        ({"size": 4_100_000}, "too large: cocreate/roles/shipped/drafting, 8.2 MB of 8"),
        ({"base_sha256": "ab" * 32}, "names another model than the default"),
        ({"adapter": "/home/me/x"}, "names a folder of the machine"),
        ({"base_name": "/home/me/a.gguf"}, "names a folder of the machine"),
        ({"bad_at": ""}, "bad at"),
    ],
)
def test_an_adapter_that_should_not_ship_is_found(said: Callable[..., list[str]], given: dict[str, object], why: str):
    assert any(why in one for one in said(**given))


def test_the_card_of_another_job_is_found(check: ModuleType):
    assert check.card_faults("x", "style", dict(CARD)) == ["x: its card is that of the job 'drafting'"]
