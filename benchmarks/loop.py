"""Does the loop pay? Texts of the whole studio against texts of its parts, judged by a second judge. Prints JSON.

    python benchmarks/loop.py --data FOLDER [--only judge|drafting|loop|ideation|infill] [--seeds 3] [--briefs 24]
        [--work FOLDER] [--adapters FOLDER] [--preset balanced] [--limit N]

Everything made is kept in `--work` (texts.jsonl, a line a text, to be read by people; what the judge read; the fitted
judge), so that a run that was cut off goes on. What is done is told on stderr.

judge: its accuracy on ranked texts before anything else (it counts only above word TF-IDF), spoilt texts, people's
texts against drafts. drafting: one sample with the adapters and without, forms and lengths. loop: whole turns against
their parts and best-of-N at equal tokens (`loop_arms`). ideation: ten ideas for each creative prompt. infill: gaps in
held-out authors. Intervals: 95%, briefs resampled.

The critic that chooses inside the loop is fitted to half A of the rated paragraphs, the judge to half B.
`--adapters`: a folder with drafting/, ideation/, style/ (peft); without it those that the product finds for the model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")

import critic_sets as sets
import loop_checks as checks
import loop_others as others
import loop_report as report
from loop_arms import Kept, Maker, Task, choose_best_of_n, tasks
from loop_features import open_views
from loop_judge import SecondJudge, critic_on_half_a, second_judge
from loop_measures import Literature, literature, read_rows, repeated, theme_threshold
from train_critic import open_source

from agents.critique.scorecard import Critic
from agents.idea_judge import IdeaJudge
from agents.infill import joins_by
from cocreate.engines.choose import open_engine
from cocreate.metering import MeteredEngine
from cocreate.models import resolve
from cocreate.presets import PRESETS
from cocreate.roles.library import ROLES, roles_of
from cocreate.settings import Settings
from cocreate.studio import Studio
from cocreate.training.card import read_card

GAPS = 12
"""Passages an author in which a gap is filled."""


def told(**values: Any) -> None:
    """A line of JSON on stderr."""
    print(json.dumps(values, ensure_ascii=False), file=sys.stderr, flush=True)


@dataclass
class Bench:
    """The options, and everything that is opened only when it is needed."""

    options: argparse.Namespace

    @cached_property
    def settings(self) -> Settings:
        """The product's, without a writer whose choices shift the critic."""
        return Settings(
            home=self.options.work / "home",
            cache=self.options.cache,
            threads=self.options.threads,
            learn_taste=False,
        )

    @cached_property
    def source(self) -> sets.Source:
        kept = self.options.work / "matrices"
        return open_source(self.options.data, kept, self.settings.home, self.settings.cache, exact=False)

    @cached_property
    def judge(self) -> SecondJudge:
        return second_judge(self.source, open_views(self.settings, self.options.work / "views"), self.options.work)

    @cached_property
    def scores(self) -> report.Scores:
        return report.Scores(self.judge, {})

    @cached_property
    def kept(self) -> Kept:
        return Kept.open(self.options.work / "texts.jsonl")

    @cached_property
    def adapters(self) -> dict[str, Path]:
        """Names as an engine knows them to folders."""
        given: Path | None = self.options.adapters
        if given is None:
            return roles_of(self.settings, resolve(self.settings, lambda done, total: None).path)
        return {f"role/{role}": given / role for role in ROLES if (given / role / "adapter_config.json").is_file()}

    @cached_property
    def engine(self) -> MeteredEngine:
        model = resolve(self.settings, lambda done, total: None)
        return MeteredEngine(
            open_engine(self.settings, model, self.adapters, lambda sentence, step: told(adapter=sentence))
        )

    @cached_property
    def literature(self) -> Literature:
        paths = sorted((self.options.data / "literature").glob("*.jsonl"))
        return literature([row["text"] for path in paths for row in read_rows(path)])

    @cached_property
    def tasks(self) -> list[Task]:
        prompts, stories = self.source.rows("creative_prompts"), self.source.rows("story_ratings")
        return tasks(prompts, stories, self.options.briefs)

    @property
    def seeds(self) -> range:
        return range(1, self.options.seeds + 1)

    def critic(self) -> Critic:
        return Critic(self.source.reader, self.source.embedder)  # type: ignore[arg-type]

    def check_config(self) -> None:
        """Texts of other adapters or another preset are never mixed: exit 2."""
        path = self.options.work / "config.json"
        adapters = {name: _digest(folder) for name, folder in self.adapters.items()}
        name = self.options.preset
        now = json.loads(json.dumps({"preset": name, "figures": asdict(PRESETS[name]), "adapters": adapters}))
        if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != now:
            said = f"{path.parent} holds texts of other adapters or another preset. Name another --work."
            print(said, file=sys.stderr)
            raise SystemExit(2)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(now, indent=1), encoding="utf-8")


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()[:16]


# --- making --------------------------------------------------------------------------------------------------


def make_loop(bench: Bench, *, turns: bool) -> None:
    """Single drafts, and with `turns` whole turns and pools, of every brief and seed."""
    missing = [(task, seed) for seed in bench.seeds for task in bench.tasks if not _made(bench, task, seed, turns)]
    if not missing:
        return
    studio = Studio(bench.settings, bench.engine) if turns else None
    try:
        if studio is not None:
            for event in studio.start():
                told(studio=type(event).__name__)
        maker = Maker(bench.engine, studio, bench.kept, bench.options.preset)
        for number, (task, seed) in enumerate(missing, 1):
            maker.singles(task, seed)
            if turns:
                maker.turns(task, seed)
            told(made=f"{number} of {len(missing)}", task=task.key, seed=seed)
    finally:
        if studio is not None:
            del bench.__dict__["engine"]  # the studio closes it
            studio.close()


def _made(bench: Bench, task: Task, seed: int, turns: bool) -> bool:
    wanted = ("plain", "pool") if turns else ("plain",)
    return all((task.key, seed, arm) in bench.kept.rows for arm in wanted)


def make_all_loop(bench: Bench) -> None:
    """Turns and the choice of best-of-N, all by the critic of half A."""
    with critic_on_half_a(bench.source):
        make_loop(bench, turns=True)
        reader = bench.source.reader
        choose_best_of_n(bench.kept, bench.tasks, bench.seeds, bench.critic(), reader, lambda said: told(note=said))


# --- parts ---------------------------------------------------------------------------------------------------


def part_judge(bench: Bench) -> dict[str, Any]:
    limit = bench.options.limit
    found: dict[str, Any] = {"spoilt": checks.spoilt(bench.judge, bench.source, limit)}
    for arm in ("raw", "plain", "tuned"):
        found[f"people_against_{arm}"] = checks.against_people(
            bench.judge, bench.source, bench.kept, [*bench.tasks, *others.form_tasks()], arm
        )
    return found


def part_drafting(bench: Bench) -> dict[str, Any]:
    make_loop(bench, turns=False)
    forms = others.form_tasks()[: bench.options.limit or None]
    for seed in bench.seeds:
        for task in forms:
            others.make_form(bench.engine, bench.kept, task, seed)
    told(drafting="made")
    cases = report.Cases(bench.kept, bench.tasks, bench.seeds)
    every = report.Cases(bench.kept, [*bench.tasks, *forms], bench.seeds)
    arms = ("plain", "raw", "tuned")
    real = {verse: checks.people(bench.source, 60, verse=verse, size=size) for verse, size in SIZES.items()}
    people = [text for texts in real.values() for text in texts]
    return {
        "wins": {f"{a}_over_{b}": report.wins(cases, bench.scores, a, b) for a, b in report.DRAFTING},
        "wins_with_forms": {f"{a}_over_{b}": report.wins(every, bench.scores, a, b) for a, b in report.DRAFTING},
        "forms": report.per_arm(report.Cases(bench.kept, forms, bench.seeds), arms, None),
        "briefs": report.per_arm(cases, arms, bench.literature),
        "people": {
            "repeated_trigrams": round(repeated(people), 4),
            "repeated_trigrams_verse": round(repeated(real[True]), 4),
            "repeated_trigrams_prose": round(repeated(real[False]), 4),
            **report.copied(people, bench.literature),
        },
        "perplexity": {name: _perplexity(folder) for name, folder in bench.adapters.items()},
    }


SIZES = {False: (150, 220), True: (60, 140)}
"""Words of people's passages: prose, verse."""


def _perplexity(folder: Path) -> dict[str, float]:
    card = read_card(folder)
    return {"before": round(card.perplexity_before, 2), "after": round(card.perplexity_after, 2)}


def part_loop(bench: Bench) -> dict[str, Any]:
    make_all_loop(bench)
    cases = report.Cases(bench.kept, bench.tasks, bench.seeds)
    return {
        "wins": {f"{a}_over_{b}": report.wins(cases, bench.scores, a, b) for a, b in report.LOOP},
        "theme_fit": report.theme_fit(cases, bench.source.embedder, report.ARMS, ("best_of_n", "tuned")),
        "arms": report.per_arm(cases, report.ARMS, bench.literature),
        "turns": report.turns(cases),
    }


def part_ideation(bench: Bench) -> dict[str, Any]:
    prompts = bench.source.rows("creative_prompts")[: bench.options.limit or None]
    reader, embedder = bench.source.reader, bench.source.embedder
    judge = IdeaJudge(reader, embedder, bench.critic())  # type: ignore[arg-type]
    for seed in bench.seeds:
        for row in prompts:
            others.make_ideas(bench.engine, embedder, judge, bench.kept, row, seed)
        told(ideas=seed)
    least = theme_threshold(bench.source.rows("story_ratings"), embedder)
    head = report.same_head(sets.same(bench.source))
    found = report.ideas(bench.kept, prompts, bench.seeds, reader, embedder, least, head["short_from"])
    return {"same_head": head, **found}


def part_infill(bench: Bench) -> dict[str, Any]:
    every: list[others.Gap] = []
    for verse, size in ((False, (110, 160)), (True, (70, 130))):
        texts = checks.people(bench.source, bench.options.limit or GAPS, verse=verse, size=size)
        every += others.gaps(texts, verse=verse, name="verse" if verse else "prose")
    joins = joins_by(bench.source.reader)  # type: ignore[arg-type]
    for seed in bench.seeds:
        for gap in every:
            others.make_gap(bench.engine, joins, bench.kept, gap, seed)
        told(gaps=seed)
    return report.infill(bench.kept, every, bench.seeds, bench.scores)


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "judge": part_judge,
    "drafting": part_drafting,
    "loop": part_loop,
    "ideation": part_ideation,
    "infill": part_infill,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("loop-work"))
    parser.add_argument("--only", choices=tuple(PARTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--briefs", type=int, default=24)
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--preset", default="balanced")
    parser.add_argument("--limit", type=int, default=0, help="so many excerpts, forms, prompts, gaps (0: all)")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    parser.add_argument("--threads", type=int, default=0, help="0: all cores")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is JSON always")
    bench = Bench(parser.parse_args())
    bench.check_config()
    names = [bench.options.only] if bench.options.only else list(PARTS)
    found: dict[str, Any] = {"accuracy_of_the_judge": checks.accuracy(bench.judge, bench.source)}
    told(**found)
    for name in names:
        found[name] = PARTS[name](bench)
        told(**{name: found[name]})
    json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
