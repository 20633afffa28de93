"""Learning from readers: the ideation adapter goes on from itself towards ideas that readers were glad of. Prints JSON.

    python benchmarks/choose_ideas.py draw --adapter FOLDER --out FILE [--themes 80]
    python benchmarks/drafts_reading.py give FILE --out NAME --requests 10, then gather, as for drafts
    python benchmarks/choose_ideas.py learn --adapter FOLDER --out FOLDER --work FOLDER [--scored FILE] [--kept 1.0]

`draw` writes, for themes of our own (`choosing_requests`), ANGLES angles with EACH replies, by the product's prompt
but at .9, so that there is more to tell apart than among the cooler ones that are shown. A
reader gives every idea two figures from 1 to 10, for the ideas of one theme against each other: how glad the writer
would be of it, and how fresh it is in a way that means something. Of one theme and angle the best are then preferred
to the worst (direct preference optimisation, `cocreate.training.preferring`), `--kept` of the way.

Whether `--out` is to be kept, reading decides (`ideas_reading.py`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from choosing_requests import more_requests, requests
from drafts_reading import rows_of

from agents import batch, prompts, wording
from agents.contracts import Brief, Request
from agents.idea_lines import clean_idea
from agents.ideation import ADAPTER, ANGLES_EN, SAMPLING, TOKENS
from agents.understand import understand
from cocreate.engines.known_runs import FILE as KNOWN_RUNS
from cocreate.engines.known_runs import known_runs
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_model import TorchModel
from cocreate.models import resolve
from cocreate.settings import Settings
from cocreate.training import methods
from cocreate.training.card import read_card, write_card
from cocreate.training.preferring import Preference, Preferred, Preferring, prefer
from cocreate.training.recipe import role_recipe

ANGLES, EACH = 3, 5
"""Angles of a theme, and replies to each."""
APART = 1.5
"""By how much readers' mean figures must tell a pair apart."""
PAIRS = 3
"""Pairs of one theme and angle, at most."""
SCORED = Path(__file__).parent / "scored_ideas.jsonl.xz"
"""What was drawn for our own themes and scored; written by machines, read by machines (docs/log.md)."""


def say(*said: object) -> None:
    print(*said, file=sys.stderr, flush=True)


def asked(theme: str, angle: str) -> prompts.Prompt:
    """As the product asks its adapter."""
    return prompts.fill("idea_short", "en", wording.slots(Brief(theme, theme=theme, language="en")) | {"angle": angle})


def angles_of(at: int) -> list[str]:
    """The angles of the theme number `at`: all of them come equally often."""
    return [ANGLES_EN[(at * ANGLES + number) % len(ANGLES_EN)][0] for number in range(ANGLES)]


def draw(options: argparse.Namespace) -> dict[str, Any]:
    """Write a line of JSON a theme: {"request": theme, "own": [ideas], "bare": [], "angles": {idea: angle}}."""
    settings = Settings(options.out.parent, options.cache, threads=options.threads)
    base = resolve(settings, lambda done, total: None).path
    runs = known_runs(options.adapter)
    engine = LlamaCppEngine(
        base, threads=options.threads, cache=options.cache, adapters={ADAPTER: str(options.adapter)},
        known={ADAPTER: runs} if runs else {},
    )  # fmt: skip
    every = [brief.theme for request in (*requests(), *more_requests()) if (brief := understand(request).brief)]
    themes = [every[at * len(every) // options.themes] for at in range(min(options.themes, len(every)))]
    rows = []
    for at, theme in enumerate(themes):
        pairs = [(angle, asked(theme, angle)) for angle in angles_of(at) for _ in range(EACH)]
        wanted = [
            Request(prompt.messages, "", TOKENS, SAMPLING, batch.seed_for(140_000 + at, number, 77), ("\n",),
                    adapter=ADAPTER)
            for number, (_, prompt) in enumerate(pairs)
        ]  # fmt: skip
        replies = batch.run(engine, wanted, threading.Event())
        found: dict[str, str] = {}
        for (angle, _), reply in zip(pairs, replies, strict=True):
            # Also those that were cut off, which the product throws away: a head has to hear that too.
            text = clean_idea(reply.text, Brief(theme, kind="idea", theme=theme))
            if text:
                found.setdefault(text, angle)
        rows.append({"request": theme, "own": list(found), "bare": [], "angles": found})
        say(f"  {at + 1}/{len(themes)} {len(found)} {theme[:60]}")
    engine.close()
    said = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    options.out.write_text(said, encoding="utf-8")
    return {"themes": len(rows), "ideas": sum(len(row["own"]) for row in rows)}


def pairs_of(rows: list[dict[str, Any]]) -> list[Preference]:
    """The ideas readers liked best over those they liked least, of each theme and angle.

    `rows`: {"request": theme, "text": idea, "angle": angle, "scores": [[glad, fresh] of each reader]}.
    """
    by: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for row in rows:
        by[row["request"], row["angle"]].append((float(np.mean(row["scores"])), row["text"]))
    found = []
    for (theme, angle), ideas in by.items():
        told = sorted(
            ((best - worst, good, bad) for best, good in ideas for worst, bad in ideas if best - worst >= APART),
            reverse=True,
        )
        found += [Preference(asked(theme, angle).messages, good, bad, ended=True) for _, good, bad in told[:PAIRS]]
    return found


def learn(options: argparse.Namespace) -> dict[str, Any]:
    """Tune, and leave the adapter in `--out` with the known runs of the one it began with, and its card continued."""
    settings = Settings(options.work, options.cache, threads=options.threads)
    base = resolve(settings, lambda done, total: None).path
    pairs = pairs_of(rows_of([options.scored]))
    how = Preferring(kept=options.kept, epochs=options.epochs, seed=options.seed)
    model = TorchModel(base, cache=options.cache, threads=options.threads, device=options.device, dtype="float32")
    recipe = role_recipe("ideation")
    runner = methods.attach(model.model, recipe, 1, how.seed)
    methods.begin(runner, options.adapter)

    def tell(event: Preferred) -> None:
        say(f"  step {event.step}/{event.steps} loss {event.loss:.3f} told {event.told:.2f}")

    steps, weights = prefer(runner, model, pairs, how, tell, 60 * options.minutes)
    methods.save(runner, recipe, weights, base, options.out)
    card = read_card(options.adapter)
    then = (
        f"direct preference optimisation on {len(pairs)} pairs of ideas, beta {how.beta:g}, rate "
        f"{how.learning_rate:g}, {steps} steps, {how.kept:g} of the way kept"
    )
    was = "Perplexities are of the adapter it began as."
    write_card(replace(card, recipe={**card.recipe, "then": then}, figures={}, note=was), options.out)
    if (options.adapter / KNOWN_RUNS).is_file():
        shutil.copy(options.adapter / KNOWN_RUNS, options.out / KNOWN_RUNS)
    return {"pairs": len(pairs), "steps": steps, "how": asdict(how)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    drawing, learning = commands.add_parser("draw"), commands.add_parser("learn")
    for command in (drawing, learning):
        command.add_argument("--adapter", type=Path, required=True)
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--threads", type=int, default=0)
        command.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    drawing.add_argument("--themes", type=int, default=80)
    learning.add_argument("--work", type=Path, required=True)
    learning.add_argument("--scored", type=Path, default=SCORED)
    learning.add_argument("--kept", type=float, default=1.0)
    learning.add_argument("--epochs", type=int, default=1)
    learning.add_argument("--minutes", type=float, default=20.0)
    learning.add_argument("--seed", type=int, default=0)
    learning.add_argument("--device", default="")
    options = parser.parse_args()
    if options.command == "learn":
        options.work.mkdir(parents=True, exist_ok=True)
    print(json.dumps((learn if options.command == "learn" else draw)(options), indent=1))


if __name__ == "__main__":
    main()
