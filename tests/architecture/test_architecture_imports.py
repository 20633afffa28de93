"""The arrow between the packages, and what the screen's process must never load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "transformers",
    "langgraph",
    "langchain_core",
    "faiss",
    "sentence_transformers",
    "peft",
    "xllamacpp",
    "numpy",
    "scipy",
    "sklearn",
    "huggingface_hub",
)
LIGHT = (
    "memory.records, memory.errors, memory.sanitise",
    "agents.contracts, agents.errors",
    "cocreate.settings, cocreate.errors, cocreate.events, cocreate.commands, cocreate.client",
    "cocreate.cli, cocreate.cli.parser, cocreate.cli.context, cocreate.cli.write, cocreate.cli.score",
    "cocreate.cli.works, cocreate.cli.pieces, cocreate.cli.config, cocreate.cli.doctor, cocreate.cli.models",
    "cocreate.cli.screen, cocreate.host, tui.app",
)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("modules", LIGHT)
def test_the_light_half_is_imported_without_any_heavy_library(modules):
    """First paint depends on it: torch alone costs seconds."""
    code = f"import sys, {modules}; print([name for name in {HEAVY!r} if name in sys.modules])"
    ran = python("-c", code)
    assert (ran.returncode, ran.stdout) == (0, "[]\n"), ran.stderr


def test_the_application_is_imported_without_the_screen():
    ran = python("-c", "import sys, cocreate.cli, cocreate.studio, cocreate.host; print('textual' in sys.modules)")
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


def test_version_is_printed_without_loading_anything_but_the_standard_library_and_ourselves():
    unwanted = {"textual", "rich", "platformdirs", "tomlkit", "numpy"}
    loaded = "{name.split('.')[0] for name in sys.modules}"
    code = f"import sys; from cocreate.cli import main; main(['--version']); print(sorted({loaded} & {unwanted}))"
    ran = python("-c", code)
    assert ran.stdout.splitlines()[1] == "[]", ran.stderr


def test_the_import_contracts_are_kept():
    ran = python("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")
    assert ran.returncode == 0, ran.stdout


def test_a_foreign_package_of_one_of_our_names_is_named_in_a_sentence(tmp_path: Path):
    """Another distribution installs a package called agents; whoever has both must not meet an ImportError."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "__init__.py").write_text("")
    run = "from cocreate.cli import main; sys.exit(main(sys.argv[1:]))"
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {run}"
    ran = python("-c", code, "--home", str(tmp_path / "home"), "works", "list")
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"cocreate: Python finds the package 'agents' at {tmp_path}")
    doctor = python("-c", code, "--home", str(tmp_path / "home"), "doctor")
    assert f"x agents                 {tmp_path / 'agents'}: not cocreate's own" in doctor.stdout
