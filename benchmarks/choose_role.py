"""Learning from choosing: the drafting adapter goes on from itself towards its own better drafts. Prints JSON.

    python benchmarks/choose_role.py --data FOLDER --adapter FOLDER --out FOLDER --work FOLDER
        [--count 8] [--minutes 22] [--kept 0.5] [--threads 2] [--scored [FILE]]

With `--scored` the pairs are what readers said (`drafts_reading`; without FILE the drafts that ship), and 1 and 2 are
left out: the best three drafts of a request, of the adapter or the bare model, against the worst three of the adapter.
The second round, from the adapter that the first one left: `--scored benchmarks/scored_drafts_2.jsonl.xz --kept 0.25`.

1. `--count` drafts of each request of `choosing_requests` by the adapter as it is, drawn as the studio draws them.
2. Pairs: the drafts that keep best to their request (`agents.critique.answer`) against those that keep to it least.
   What repeats itself, talks about the request or pastes it is never chosen; it is what others are preferred to.
3. Direct preference optimisation (`cocreate.training.preferring`); `--kept` of the way it went is kept.
4. On twelve briefs that it did not learn from, drafts of both adapters are compared by the second judge, which has seen
   neither the critic's data nor its features (`loop_judge`); length, distinct-3, repetition and copying are watched.
   `--out` is written in any case; whether it is to be kept, reading decides (`loop_reading.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import threading
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from briefs import BRIEFS
from choosing_requests import requests
from drafts_reading import SCORED, rows_of
from loop_features import open_views
from loop_judge import second_judge
from loop_measures import distinct, interval, repeated
from loop_measures import literature as literature_of
from role_sets import literature, strangers
from train_critic import open_source

from agents import prompts, wording
from agents.contracts import Brief
from agents.critique import answer, repetition
from agents.drafting import Drafting
from agents.spans import words
from agents.understand import understand
from cocreate.engines.known_runs import FILE as KNOWN_RUNS
from cocreate.engines.known_runs import KnownRuns
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_model import TorchModel
from cocreate.models import resolve
from cocreate.settings import Settings
from cocreate.training import methods
from cocreate.training.card import read_card, write_card
from cocreate.training.job import CARD
from cocreate.training.preferring import Preference, Preferred, Preferring, prefer
from cocreate.training.reading import MICRO, mean_loss
from cocreate.training.recipe import role_recipe
from cocreate.training.role_corpus import RoleCorpus
from cocreate.training.roles import teacher
from cocreate.training.split import split
from cocreate.training.tuning import TEST_MOST
from memory.embedder import SentenceEmbedder

NAME = "role/drafting"
STRANGE = "perplexity of authors it never read (Keats, Whitman, Poe, O. Henry)"
REPEATS = 0.012
"""Largest share of repeated word trigrams of a draft that may be chosen; people repeat .009."""
PASTED = 5
"""Words of its request that such a draft may hold in one run."""
APART = 0.08
"""By how much the measure must tell a pair apart."""
USUAL = (0.75, 1.3)
"""Of the middle length of the drafts for one request: longer and shorter ones are left out."""


LIKED, LIKED_APART = 5.5, 1.5
"""Readers' mean figure from which a draft is chosen, and by how much it must stand above the other."""
LIKED_EACH, LIKED_MOST = 3, 5
"""Drafts of a request on either side, and pairs of it."""
LIKED_LENGTH = (0.7, 1.35)
"""As USUAL, for what readers scored."""


def say(*said: object) -> None:
    print(*said, file=sys.stderr, flush=True)


def drafted(engine: LlamaCppEngine, asked: list[str], count: int, seed: int, kept: Path) -> dict[str, list[str]]:
    """`count` drafts of each request; those in `kept` are not written again."""
    found: dict[str, list[str]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    agent, stop = Drafting(engine), threading.Event()
    for at, request in enumerate(asked):
        if request not in found:
            made = agent.write(brief_of(request), (), (), count=count, seed=seed + at, stop=stop, progress=unheard)
            found[request] = [one.text for one in made if one.text.strip()]
            kept.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
            say(f"  {at + 1}/{len(asked)} {request[:60]}")
    return {request: found[request] for request in asked}


def unheard(index: int, piece: str) -> None:
    """Nobody watches the drafts grow."""


def brief_of(request: str) -> Brief:
    found = understand(request).brief
    assert found is not None, request
    return found


def measured(brief: Brief, texts: list[str], embedder: SentenceEmbedder) -> list[float]:
    """How well each text keeps to its brief (`answer.keeping`)."""
    rows = embedder.embed([answer.asked(brief), *texts])
    return [answer.keeping(text, float(row @ rows[0]), brief.theme) for text, row in zip(texts, rows[1:], strict=True)]


def pasted(text: str, request: str) -> int:
    """Words of the longest run of the request that stands in the text."""
    asked, said = f" {' '.join(words(request))} ", words(text)
    longest = 0
    for at in range(len(said)):
        while at + longest < len(said) and f" {' '.join(said[at : at + longest + 1])} " in asked:
            longest += 1
    return longest


def may_be_chosen(text: str, request: str) -> bool:
    return (
        repetition.trigram_rate(text) <= REPEATS
        and pasted(text, request) <= PASTED
        and not answer.garbles(text, brief_of(request))
    )


def pairs_of(request: str, texts: list[str], embedder: SentenceEmbedder) -> list[Preference]:
    """The best two over the worst two, and the best over the one that keeps to its request as it should not."""
    brief = brief_of(request)
    middle = float(np.median([len(text) for text in texts])) if texts else 0.0
    known = [text for text in dict.fromkeys(texts) if USUAL[0] * middle <= len(text) <= USUAL[1] * middle]
    ranked = sorted(zip(measured(brief, known, embedder), known, strict=True), reverse=True)
    good = [row for row in ranked if may_be_chosen(row[1], request)]
    if len(good) < 2 or len(ranked) < 5:
        return []
    spoilt = [row for row in ranked[:-1] if row not in good][:1]
    told = [
        (one, other)
        for one, other in ((good[0], ranked[-1]), (good[0], ranked[-2]), (good[1], ranked[-1]))
        if one[0] - other[0] > APART
    ]
    told += [(good[0], other) for other in spoilt]
    prompt = prompts.fill("draft", brief.language, wording.slots(brief))
    return [Preference(prompt.messages, one[1], other[1]) for one, other in told if one[1] != other[1]]


def liked_pairs(rows: list[dict[str, Any]]) -> list[Preference]:
    """What readers liked of the drafts of each request, over what they liked least of those by the adapter."""
    by: dict[str, list[tuple[float, str, bool]]] = defaultdict(list)
    for row in rows:
        by[row["request"]].append((float(np.mean(row["scores"])), row["text"], row["bare"]))
    found = []
    for request, drafts in by.items():
        middle = float(np.median([len(text) for _, text, _ in drafts]))
        near = [row for row in drafts if LIKED_LENGTH[0] * middle <= len(row[1]) <= LIKED_LENGTH[1] * middle]
        near.sort(key=lambda row: -row[0])
        good = [row for row in near if row[0] >= LIKED and may_be_chosen(row[1], request)][:LIKED_EACH]
        bad = [row for row in reversed(near) if not row[2]][:LIKED_EACH]
        told = [(best[0] - worst[0], best[1], worst[1]) for best in good for worst in bad]
        told = sorted((row for row in told if row[0] >= LIKED_APART), key=lambda row: -row[0])[:LIKED_MOST]
        brief = brief_of(request)
        prompt = prompts.fill("draft", brief.language, wording.slots(brief))
        found += [Preference(prompt.messages, best, worst) for _, best, worst in told]
    return found


def learn(options: argparse.Namespace, base: Path, pairs: list[Preference], how: Preferring) -> int:
    """Tune, and leave the adapter in `--out` with the known runs of the one it began with, and its card continued."""
    model = TorchModel(base, cache=options.cache, threads=options.threads, device=options.device, dtype="float32")
    recipe = role_recipe("drafting")
    runner = methods.attach(model.model, recipe, 1, how.seed)
    methods.begin(runner, options.adapter)

    def tell(event: Preferred) -> None:
        say(f"  step {event.step}/{event.steps} loss {event.loss:.3f} told {event.told:.2f}")

    steps, weights = prefer(runner, model, pairs, how, tell, 60 * options.minutes)
    methods.save(runner, recipe, weights, base, options.out)
    if (options.adapter / CARD).is_file():
        methods.begin(runner, options.out)
        then = (
            f"direct preference optimisation on {len(pairs)} pairs of drafts, beta {how.beta:g}, rate "
            f"{how.learning_rate:g}, {steps} steps, {how.kept:g} of the way kept"
        )
        card = read_card(options.adapter)
        rounds = [str(card.recipe["then"]), then] if "then" in card.recipe else [then]
        after = held_out_perplexity(model, runner, options.data)
        recipe_now = {**card.recipe, "then": ", then ".join(rounds)}
        figures = {**card.figures, STRANGE: strangers_perplexity(model, runner, options.data)}
        write_card(replace(card, recipe=recipe_now, perplexity_after=after, figures=figures), options.out)
    if (options.adapter / KNOWN_RUNS).is_file():
        shutil.copy(options.adapter / KNOWN_RUNS, options.out / KNOWN_RUNS)
    if not (options.out / KNOWN_RUNS).is_file():
        KnownRuns.of(text.text for text in literature(options.data, math.inf)).save(options.out / KNOWN_RUNS)
    return steps


def held_out_perplexity(model: TorchModel, runner: Any, data: Path) -> float:
    """Of what `cocreate tune role drafting` holds out of the same texts, as its card has it."""
    parts = split(literature(data), lambda text: len(model.encode(text)), 0)
    corpus = RoleCorpus(parts.train, model, teacher("drafting"), window=role_recipe("drafting").window, seed=0)
    return math.exp(mean_loss(runner, corpus.plain(parts.test, TEST_MOST["drafting"]), MICRO["cpu"]))


def strangers_perplexity(model: TorchModel, runner: Any, data: Path) -> tuple[float, float]:
    """Of authors no adapter has read, without and with the adapter on `runner`."""
    texts = split(strangers(data), lambda text: len(model.encode(text)), 0).train
    corpus = RoleCorpus(texts, model, teacher("drafting"), window=role_recipe("drafting").window, seed=0)
    read = corpus.plain(texts, TEST_MOST["drafting"])
    with runner.disable_adapter():
        before = mean_loss(runner, read, MICRO["cpu"])
    return math.exp(before), math.exp(mean_loss(runner, read, MICRO["cpu"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "adapter", "out", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=22.0)
    parser.add_argument("--kept", type=float, default=Preferring.kept)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "cocreate")
    parser.add_argument("--scored", type=Path, nargs="?", const=SCORED)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=options.work, cache=options.cache, threads=options.threads)
    base = resolve(settings, lambda done, total: None).path
    source = open_source(options.data, None, settings.home, settings.cache, exact=False)

    def write(adapter: Path, asked: list[str], count: int, seed: int, name: str) -> dict[str, list[str]]:
        engine = LlamaCppEngine(
            base, threads=options.threads, context=768, parallel=count, adapters={NAME: str(adapter)},
            cache=options.cache,
        )  # fmt: skip
        try:
            return drafted(engine, asked, count, seed, options.work / name)
        finally:
            engine.close()

    how = Preferring(kept=options.kept)
    if options.scored:
        known = rows_of([options.scored])
        pairs, asked, drafts = liked_pairs(known), len({row["request"] for row in known}), len(known)
    else:
        rows = write(options.adapter, requests(), options.count, 90_000, "drafts.json")
        pairs = [pair for request, texts in rows.items() for pair in pairs_of(request, texts, source.embedder)]  # type: ignore[arg-type]
        asked, drafts = len(rows), sum(map(len, rows.values()))
    told: dict[str, Any] = {"requests": asked, "drafts": drafts, "pairs": len(pairs)}
    say(told)
    if not (options.out / "adapter_model.safetensors").is_file():
        told["steps"] = learn(options, base, pairs, how)
    before = write(options.adapter, list(BRIEFS), 2, 501, "before.json")
    after = write(options.out, list(BRIEFS), 2, 501, "after.json")
    judge = second_judge(source, open_views(settings, settings.home / "views"), settings.home)
    print(json.dumps(told | {"how": asdict(how)} | compared(before, after, judge, source, options.data), indent=1))


def compared(
    before: dict[str, list[str]], after: dict[str, list[str]], judge: Any, source: Any, data: Path
) -> dict[str, Any]:
    """The second judge on pairs of drafts of one brief, and what is watched."""
    known = literature_of([text.text for text in literature(data, math.inf)])
    wins = [
        (float(judge.prefers(new, old) > 0.5), request)
        for request in before
        for old, new in zip(before[request], after[request], strict=False)
    ]

    def watched(rows: dict[str, list[str]]) -> dict[str, float]:
        texts = [text for row in rows.values() for text in row]
        kept = [score for request, row in rows.items() for score in measured(brief_of(request), row, source.embedder)]
        return {
            "words": round(sum(len(text.split()) for text in texts) / len(texts), 1),
            "keeps_to_request": round(float(np.mean(kept)), 2),
            "distinct_3": round(distinct(texts, 3), 4),
            "repeated_trigrams": round(repeated(texts), 4),
            "share_in_known_6_grams": round(known.share(texts), 5),
            "longest_copied": max(known.longest(text) for text in texts),
        }

    judged = interval([won for won, _ in wins], [request for _, request in wins])
    return {"wins_of_after": judged, "watched": {"before": watched(before), "after": watched(after)}}


if __name__ == "__main__":
    main()
