"""Memory and voice, all of it: each part by the script of its own, in one JSON object.

    python benchmarks/voice.py --data FOLDER --json [--only tuning,style,recall,embedding] [--work FOLDER]
        [--bilingual GGUF] [--author NAME ...] [--minutes 10]

tuning     perplexity, attribution, copies and theme of tuned voices (voice_tuning.py); Chinese authors need --bilingual
style      same against different authors by the style embedding (voice_style.py)
recall     known items, 100,000 and 1,000,000 passages, disk, adding, kills (voice_recall.py)
embedding  the embedder against sentence-transformers (embedding.py)

Each part's result is written to WORK as it ends, and a part that has a result there is not run again. What the parts
say while they run goes to stderr. About an hour and a half on two cores, most of it tuning.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cocreate.models import EMBEDDER, ModelStore
from cocreate.settings import find_cache

PARTS = ("tuning", "style", "recall", "embedding")


def command(part: str, options: argparse.Namespace) -> list[str]:
    """The script of a part with its options."""
    data = ["--data", str(options.data), "--json"]
    if part == "style":
        embedder = ModelStore(find_cache(None, os.environ)).fetch(EMBEDDER)
        return ["voice_style.py", *data, "--embedder", str(embedder)]
    if part == "recall":
        return ["voice_recall.py", *data, "--keep", str(options.work / "recall")]
    if part == "embedding":
        return ["embedding.py", *data]
    more = ["--author", *options.author] if options.author else []
    more += ["--bilingual", str(options.bilingual)] if options.bilingual else []
    return ["voice_tuning.py", *data, "--work", str(options.work / "voices"), "--minutes", str(options.minutes), *more]


def run(part: str, options: argparse.Namespace) -> Any:
    """Result of a part: from an earlier run, or by running its script. Several lines of JSON make a list."""
    kept = Path(options.work) / f"{part}.json"
    if not kept.is_file():
        script, *rest = command(part, options)
        said = subprocess.run(
            [sys.executable, str(Path(__file__).with_name(script)), *rest],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        kept.write_text(json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False))
    return json.loads(kept.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--work", type=Path, help="results and adapters; without it a temporary folder")
    parser.add_argument("--bilingual", type=Path, help="base model for Chinese authors, a GGUF file")
    parser.add_argument("--author", nargs="+", help="files of --data without .jsonl; six authors without it")
    parser.add_argument("--minutes", type=float, default=10.0, help="most time of one tuning")
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    options = parser.parse_args()
    options.work = options.work or Path(tempfile.mkdtemp())
    options.work.mkdir(parents=True, exist_ok=True)
    report = {}
    for part in options.only.split(","):
        report[part] = run(part, options)
        print(f"{part}: {json.dumps(report[part], ensure_ascii=False)[:2000]}", file=sys.stderr, flush=True)
    print(json.dumps(report, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
