"""Drafts scored by readers: what the drafting adapter and the critic's choice learn from. No model judges here.

    python benchmarks/drafts_reading.py draft --out FILE --adapter FOLDER [--own 6] [--bare 4] [--every 2 --from 0]
    python benchmarks/drafts_reading.py give FILE [FILE ...] --out NAME [--requests 14]
    python benchmarks/drafts_reading.py gather --given NAME --scores NAME.0.a.json ... --out SCORED

`draft` writes drafts of the requests of `choosing_requests` with the adapter and without, as the studio draws them, a
line of JSON a request; a second run goes on where the first ended, `--every 2 --from 1` takes every second request, so
that two can run. `give` writes sheets NAME.0.txt, NAME.1.txt, ... of `--requests` requests each, the drafts of one
mixed, and NAME.key.json, which a reader does not open. A reader gives every draft two figures from 1 to 10, for the
texts of one request against each other: how glad the writer would be to be given it for the request, and how well it is
written: {"0": [6, 4], ...}; the scores of a sheet are files NAME.SHEET.READER.json.
Those of SCORED were told to mind nonsense, cliche and repetition in the second; docs/log.md says what that changes.

`gather` writes SCORED (.jsonl or .jsonl.xz), a line a draft, and prints the means with and without the adapter, how
often one draft with it stands above one without (95 % interval, requests resampled), and how far two readers agree
inside a request. A score that is missing or no such figure: exit 2.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from choosing_requests import more_requests, requests
from critic_table import spearman
from loop_arms import Bare
from loop_measures import interval

from agents.drafting import Drafting
from agents.understand import understand
from cocreate.engines.known_runs import known_runs
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.models import resolve
from cocreate.settings import Settings

QUESTIONS = ("given", "writing")
SCORED = Path(__file__).parent / "scored_drafts.jsonl.xz"
"""What was drafted for our own requests and scored; written by machines, read by machines (docs/log.md)."""


def draft(options: argparse.Namespace) -> None:
    """Write the drafts that are not there yet."""
    settings = Settings(options.out.parent, options.cache, threads=options.threads)
    base = resolve(settings, lambda done, total: None).path
    folder: Path = options.adapter
    engine = LlamaCppEngine(
        base, threads=options.threads, cache=options.cache, context=768, parallel=max(options.own, options.bare),
        adapters={"role/drafting": str(folder)},
        known={"role/drafting": runs} if (runs := known_runs(folder)) else {},
    )  # fmt: skip
    have = {row["request"] for row in goes_on(options.out)} if options.out.is_file() else set()
    with options.out.open("a", encoding="utf-8") as kept:
        for at, request in enumerate([*requests(), *more_requests()]):
            if at % options.every != options.first or request in have:
                continue
            brief = understand(request).brief
            assert brief is not None, request
            row: dict[str, Any] = {"request": request}
            for name, who, count, seed in (
                ("own", engine, options.own, 120_000),
                ("bare", Bare(engine), options.bare, 130_000),
            ):
                written = Drafting(who).write(  # type: ignore[arg-type]
                    brief,
                    (),
                    (),
                    count=count,
                    seed=seed + at,
                    stop=threading.Event(),
                    progress=lambda index, piece: None,
                )
                row[name] = list(dict.fromkeys(one.text.strip() for one in written if one.text.strip()))
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")
            kept.flush()
            print(f"  {at + 1} {request[:60]}", file=sys.stderr, flush=True)
    engine.close()


def goes_on(path: Path) -> list[dict[str, Any]]:
    """What a broken run left; half a last line is cut off, so that the next one begins at its own."""
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.rfind(b"\n") + 1])
    return rows_of([path])


def rows_of(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Lines of JSON files, packed or not; half a last line is left out. Raises ValueError for another broken one."""
    found = []
    for path in files:
        raw = path.read_bytes()
        *lines, rest = (lzma.decompress(raw) if path.suffix == ".xz" else raw).split(b"\n")
        found += [json.loads(line) for line in lines]
        try:
            found += [json.loads(rest)] if rest else []
        except ValueError:
            continue
    return found


def give(rows: Sequence[dict[str, Any]], size: int, draw: int) -> tuple[list[str], dict[str, Any]]:
    """The sheets, and their key: a row for each number of each sheet."""
    sheets, key = [], {}
    for sheet, begin in enumerate(range(0, len(rows), size)):
        shown: list[str] = []
        items: dict[str, Any] = {}
        for row in rows[begin : begin + size]:
            texts = [(text, name == "bare") for name in ("own", "bare") for text in row[name]]
            random.Random(f"{draw} {row['request']}").shuffle(texts)
            shown.append(f"######## Request: {row['request']}\n")
            for text, bare in texts:
                shown.append(f"[{len(items)}]\n{text}\n")
                items[str(len(items))] = {"request": row["request"], "bare": bare, "text": text} | _angle(row, text)
        sheets.append("\n".join(shown))
        key[str(sheet)] = items
    return sheets, key


def _angle(row: dict[str, Any], text: str) -> dict[str, str]:
    """Of an idea (`choose_ideas.py draw`), the angle it was asked for by."""
    return {"angle": row["angles"][text]} if "angles" in row else {}


def scored(key: dict[str, Any], readers: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each draft with the figures of its readers, in the order of the sheets. Raises ValueError for a missing one."""
    found = [{**item, "scores": []} for items in key.values() for item in items.values()]
    begins = dict(zip(key, np.cumsum([0, *(len(items) for items in key.values())]), strict=False))
    for sheet, said in readers:
        for number in key[sheet]:
            figures = said.get(number, ())
            if (
                not isinstance(figures, list)
                or len(figures) != len(QUESTIONS)
                or not all(
                    isinstance(one, int | float) and not isinstance(one, bool) and 1 <= one <= 10 for one in figures
                )
            ):
                raise ValueError(
                    f"draft {number} of sheet {sheet} has no figure of 1 to 10 for {' and '.join(QUESTIONS)}"
                )
            found[int(begins[sheet]) + int(number)]["scores"].append(list(figures))
    missing = [sheet for sheet in key if sheet not in {sheet for sheet, _ in readers}]
    if missing:
        raise ValueError(f"nobody has read sheet {missing[0]}")
    return found


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What `gather` prints."""
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["request"]].append(row)
    told: dict[str, Any] = {"requests": len(by), "drafts": len(rows)}
    for place, question in enumerate(QUESTIONS):
        mean = {row["text"]: float(np.mean([one[place] for one in row["scores"]])) for row in rows}
        wins, of = [], []
        for request, drafts in by.items():
            pairs = [(mean[a["text"]], mean[b["text"]]) for a in drafts for b in drafts if b["bare"] > a["bare"]]
            if pairs:
                wins.append(float(np.mean([0.5 + 0.5 * np.sign(a - b) for a, b in pairs])))
                of.append(request)
        agree = [_agreement(drafts, place) for drafts in by.values()]
        known = [one for one in agree if one is not None]
        told[question] = {
            "with_adapter": _mean([mean[row["text"]] for row in rows if not row["bare"]]),
            "bare": _mean([mean[row["text"]] for row in rows if row["bare"]]),
            "one_with_above_one_bare": interval(wins, of) if wins else None,
            "readers_agree": _mean(known),
        }
    return told


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def _agreement(drafts: Sequence[dict[str, Any]], place: int) -> float | None:
    """Mean rank correlation of every two readers over the drafts of one request; None with one reader or no spread."""
    count = min(len(row["scores"]) for row in drafts)
    each = [np.array([row["scores"][reader][place] for row in drafts], float) for reader in range(count)]
    found = [spearman(a, b) for a, b in combinations(each, 2) if np.ptp(a) and np.ptp(b)]
    return float(np.mean(found)) if found and len(drafts) > 2 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    drafting = commands.add_parser("draft")
    drafting.add_argument("--out", type=Path, required=True)
    drafting.add_argument("--adapter", type=Path, required=True)
    for name, usual in (("own", 6), ("bare", 4), ("every", 1), ("threads", 0)):
        drafting.add_argument(f"--{name}", type=int, default=usual)
    drafting.add_argument("--from", dest="first", type=int, default=0)
    drafting.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    giving, gathering = commands.add_parser("give"), commands.add_parser("gather")
    giving.add_argument("files", type=Path, nargs="+")
    giving.add_argument("--out", required=True)
    giving.add_argument("--requests", type=int, default=14)
    giving.add_argument("--seed", type=int, default=0)
    gathering.add_argument("--given", required=True)
    gathering.add_argument("--scores", type=Path, nargs="+", required=True)
    gathering.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "draft":
        draft(options)
    elif options.command == "give":
        sheets, key = give(rows_of(options.files), options.requests, options.seed)
        for number, sheet in enumerate(sheets):
            Path(f"{options.out}.{number}.txt").write_text(sheet, encoding="utf-8")
        Path(f"{options.out}.key.json").write_text(json.dumps(key, ensure_ascii=False), encoding="utf-8")
    else:
        gather(options)


def gather(options: argparse.Namespace) -> None:
    """Write what was scored, and print the table. Exit 2 for a score that is missing."""
    key = json.loads(Path(f"{options.given}.key.json").read_text(encoding="utf-8"))
    try:
        rows = scored(key, [(path.name.split(".")[-3], json.loads(path.read_text())) for path in options.scores])
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        print(f"drafts_reading: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    said = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    options.out.write_bytes(lzma.compress(said, preset=9) if options.out.suffix == ".xz" else said)
    print(json.dumps(table(rows), indent=1))


if __name__ == "__main__":
    main()
