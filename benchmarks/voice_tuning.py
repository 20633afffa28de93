"""What tuning a voice does, on works of known authors: perplexity, attribution, copies, theme fit, time.

    python benchmarks/voice_tuning.py --data FOLDER [--author NAME ...] --work FOLDER [--json] [--minutes 10]

FOLDER holds NAME.jsonl files ({"title", "text"} a line) at any depth. Every other work (by a hash of its content) is
held out; of the rest the first --tokens tokens are tuned on. Adapters and results stay in --work: a run that was cut
off goes on. English authors use the default model, Chinese ones --bilingual.

Perplexity on held-out works, windows of at most 256 tokens: the base model; recall alone (the draft's own prompt with
passages of the training works, found by the first 40 words of the window); adapter alone; both; and every other
author's adapter.
Drafts by the drafting agent, in llama.cpp, with adapter and recall, on themes shared by all authors.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import voice_drafts as vd
from voice_sets import Author, find, others, read

from agents import prompts, wording
from agents.contracts import Brief
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_model import TorchModel
from cocreate.models import EMBEDDER, WRITER, ModelStore
from cocreate.settings import find_cache
from cocreate.training.card import read_card
from cocreate.training.corpus import Example, length_of
from cocreate.training.job import Control, Progress, Started, Stepped, TuneJob
from cocreate.training.reading import mean_loss
from cocreate.training.tuning import tune
from memory.embedder import SentenceEmbedder
from memory.works import Memory

AUTHORS = ("poe_prose", "o_henry_prose", "whitman_verse", "keats_verse", "li_bai_verse", "lu_xun_prose")
WINDOW, QUERY = 256, 40
_MICRO = 512


def say(*words: object) -> None:
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


class Bench:
    """One run: options, models by language, authors."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.cache = find_cache(None, os.environ)
        self.store = ModelStore(self.cache)
        self.embedder = SentenceEmbedder(self.store.fetch(EMBEDDER), options.threads)
        self.model: TorchModel | None = None
        self.chinese = False
        self.authors = [self._author(name) for name in options.author]

    def base(self, chinese: bool) -> Path:
        if chinese and self.options.bilingual is None:
            raise SystemExit("Chinese authors need --bilingual FILE, a base model that knows Chinese.")
        return Path(self.options.bilingual) if chinese else self.options.base or self.store.fetch(WRITER)

    def load(self, chinese: bool) -> TorchModel:
        """The base model of a language, read in float32; one at a time."""
        if self.model is None or self.chinese != chinese:
            self.model = None
            self.model = TorchModel(
                self.base(chinese), cache=self.cache, threads=self.options.threads, device="cpu", dtype="float32"
            )
            self.chinese = chinese
        return self.model

    def _author(self, name: str) -> Author:
        path = find(self.options.data, name)
        first = path.open(encoding="utf-8").readline()
        count = self._counter(vd.is_chinese(json.loads(first)["text"]))
        return read(path, self.options.tokens, count, self.options.seed)

    def _counter(self, chinese: bool) -> Callable[[str], int]:
        model = self.load(chinese)
        return lambda text: len(model.encode(text))

    def memory(self, author: Author) -> Memory:
        return vd.remembered(author, self.options.work / "memory" / author.name, self.embedder)

    def adapter(self, author: Author) -> Path:
        return Path(self.options.work / "adapters" / author.name)

    # --- tuning --------------------------------------------------------------------------------------------

    def tune(self, author: Author) -> dict[str, Any]:
        """Tune an author's voice, unless it is there."""
        out = self.adapter(author)
        if not (out / "card.json").is_file():
            self.model = None  # the tuning loads its own
            job = TuneJob(
                author.name, self.base(author.chinese), out, self.options.work / "checkpoints" / author.name,
                self.cache, author.train, minutes=self.options.minutes, seed=self.options.seed,
                threads=self.options.threads,
            )  # fmt: skip
            began = time.monotonic()
            tune(job, tell, Control())
            whole = {"seconds": round(time.monotonic() - began, 1), "memory_mb": peak()}
            (out / "whole.json").write_text(json.dumps(whole))
        card = read_card(out)
        whole = json.loads((out / "whole.json").read_text())
        return {
            "tokens": card.tokens, "held_out_by_tuning": card.held_out, "seconds": card.seconds,
            "cpu_seconds": card.cpu_seconds, "seconds_with_loading_and_measuring": whole["seconds"],
            "memory_mb": whole["memory_mb"], "bytes": card.bytes, "steps": card.steps, "best_step": card.best_step,
            "rank": card.rank, "learning_rate": card.recipe["learning_rate"], "card_before": card.perplexity_before,
            "card_after": card.perplexity_after, "note": card.note,
        }  # fmt: skip

    # --- perplexity ----------------------------------------------------------------------------------------

    def perplexities(self, author: Author, rivals: Sequence[Author]) -> dict[str, Any]:
        """Of the author's held-out text, under every condition."""
        from peft import PeftModel

        model = self.load(author.chinese)
        plain, recall = self._windows(author, model)
        found: dict[str, Any] = {"windows": len(plain)}
        found["base"], found["recall"] = ppl(model.model, plain), ppl(model.model, recall)
        runner: Any = PeftModel.from_pretrained(model.model, self.adapter(author), adapter_name=author.name)
        found["adapter"], found["both"] = ppl(runner, plain), ppl(runner, recall)
        found["others"] = {}
        for rival in rivals:
            if rival.name != author.name and rival.chinese == author.chinese:
                runner.load_adapter(self.adapter(rival), adapter_name=rival.name)
                runner.set_adapter(rival.name)
                found["others"][rival.name] = ppl(runner, plain)
        self.model = None
        found["both_lower_by"] = 1 - found["both"] / found["base"]
        found["own_is_best"] = all(found["adapter"] < value for value in found["others"].values())
        return found

    def _windows(self, author: Author, model: TorchModel) -> tuple[list[Example], list[Example]]:
        """The same windows bare, and as replies to a draft's prompt with recalled passages."""
        memory = self.memory(author)
        plain: list[Example] = []
        recall: list[Example] = []
        size = WINDOW if not author.verse else WINDOW // 2
        texts = vd.passages(author.held_out, size)
        for text in texts[:: max(1, len(texts) * size // self.options.measure)]:
            tokens = model.encode(text)[:WINDOW]
            plain.append(Example((model.first_token, *tokens), 1))
            hits = memory.search(" ".join(text.split()[:QUERY])[:200], 3)
            kind = "poem" if author.verse else "story"
            wanted = Brief(
                "", kind, "", language="zh" if author.chinese else "en", length=length_of(text), voice=author.name
            )  # type: ignore[arg-type]
            said = prompts.fill("draft", wanted.language, wording.slots(wanted, recalled=hits))
            prompt = model.prompt(said.messages, "")
            recall.append(Example((*prompt, *tokens), len(prompt)))
        return plain, recall

    # --- drafts --------------------------------------------------------------------------------------------

    def drafts(self, author: Author) -> dict[str, Any]:
        """Drafts with adapter and recall, and the base model's, with what can be said of each."""
        self.model = None
        voices = {f"voice/{author.name}": str(self.adapter(author))}
        engine = LlamaCppEngine(
            self.base(author.chinese), threads=self.options.threads, context=1024, parallel=4, adapters=voices,
            cache=self.options.work,
        )  # fmt: skip
        try:
            voiced = vd.write(engine, author, self.memory(author), self.options.drafts, self.options.seed)
            base = vd.write(engine, author, None, self.options.drafts, self.options.seed)
        finally:
            engine.close()
        real = vd.passages(author.held_out, vd.WORDS)[::3][:80]
        runs = [vd.longest_run(text, author.train) for _, text in voiced]
        return {
            "theme_fit": vd.theme_fit(voiced, self.embedder), "theme_fit_base": vd.theme_fit(base, self.embedder),
            "longest_copy": max(runs), "overlap": vd.overlap([text for _, text in voiced], author.train),
            "overlap_real": vd.overlap(real, author.train),
            "overlap_base": vd.overlap([text for _, text in base], author.train),
            "voiced": voiced, "base": base,
        }  # fmt: skip

    def attribution(self, results: dict[str, Any]) -> dict[str, Any]:
        """How many drafts are given to the right author, by form and language."""
        found = {}
        for form in dict.fromkeys(author.form for author in self.authors):
            group = [author for author in self.authors if author.form == form]
            count = self._counter(group[0].chinese)
            more = others(self.options.data, self.authors, form, 3 if form.endswith("prose") else 4)
            everyone = group + [read(path, self.options.tokens, count, self.options.seed) for path in more]
            if len(everyone) < 2:
                continue
            judge = vd.Judge(everyone)
            rows = {}
            for author in group:
                drafts = results[author.name]["drafts"]
                rows[author.name] = {
                    kind: judge.right([text for _, text in drafts[kind]], [author.name] * len(drafts[kind]))
                    for kind in ("voiced", "base")
                }
            found[form] = {
                "among": judge.authors, "real_text": judge.real, "authors": rows,
                "voiced": statistics.mean(row["voiced"] for row in rows.values()),
                "base": statistics.mean(row["base"] for row in rows.values()),
            }  # fmt: skip
        return found


def ppl(runner: Any, examples: Sequence[Example]) -> float:
    return math.exp(mean_loss(runner, list(examples), _MICRO))


def peak() -> int:
    """Megabytes of the process at its largest, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def tell(event: Progress) -> None:
    if isinstance(event, Started):
        say(f"  {event.tokens} tokens of {event.works} works, {event.steps} steps", event.note)
    elif isinstance(event, Stepped) and event.validation is not None:
        say(f"  step {event.step}/{event.steps} loss {event.loss:.3f} validation {event.validation:.3f}",
            f"{event.seconds:.0f} s, {event.left:.0f} s left")  # fmt: skip


def summary(results: dict[str, Any], attribution: dict[str, Any]) -> dict[str, Any]:
    """The figures the targets speak of."""
    rows = list(results.values())

    def mean(part: str, key: str) -> float:
        return statistics.mean(row[part][key] for row in rows)

    return {
        "perplexity": {key: mean("perplexity", key) for key in ("base", "recall", "adapter", "both", "both_lower_by")},
        "own_adapter_is_best": all(row["perplexity"]["own_is_best"] for row in rows),
        "attribution": {form: {k: v for k, v in row.items() if k != "authors"} for form, row in attribution.items()},
        "theme_fit_against_base": mean("drafts", "theme_fit") / mean("drafts", "theme_fit_base"),
        "longest_copy": max(row["drafts"]["longest_copy"] for row in rows),
        "overlap_against_real": mean("drafts", "overlap") / max(1e-9, mean("drafts", "overlap_real")),
        "seconds_of_tuning": mean("tuning", "seconds_with_loading_and_measuring"),
        "memory_mb": max(row["tuning"]["memory_mb"] for row in rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="adapters and results; a rerun goes on")
    parser.add_argument("--author", nargs="+", default=list(AUTHORS))
    parser.add_argument("--base", type=Path, default=None, help="base model for English; the default model without it")
    parser.add_argument("--bilingual", type=Path, default=None, help="base model for Chinese")
    parser.add_argument("--tokens", type=int, default=30_000)
    parser.add_argument("--minutes", type=float, default=10.0, help="most time of one tuning")
    parser.add_argument("--measure", type=int, default=3000, help="held-out tokens measured for an author, about")
    parser.add_argument("--drafts", type=int, default=20)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the whole result, else the summary")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    results = {author.name: kept(options.work, author.name) for author in bench.authors}
    parts = (
        ("tuning", bench.tune),
        ("perplexity", lambda author: bench.perplexities(author, bench.authors)),
        ("drafts", bench.drafts),
    )
    for part, measure in parts:
        for author in bench.authors:
            if part not in results[author.name]:
                say(f"{author.name}: {part}")
                results[author.name][part] = measure(author)
                (options.work / f"{author.name}.json").write_text(json.dumps(results[author.name], ensure_ascii=False))
                shown = {
                    k: v
                    for k, v in results[author.name][part].items()
                    if k not in ("voiced", "base") or part != "drafts"
                }
                say(f"{author.name}: {json.dumps(shown, ensure_ascii=False)}")
    attribution = bench.attribution(results)
    short = summary(results, attribution)
    whole = {"summary": short, "attribution": attribution, "authors": results} if options.json else short
    print(json.dumps(whole, ensure_ascii=False, indent=None if options.json else 1))


def kept(work: Path, name: str) -> dict[str, Any]:
    """What an earlier run has measured of an author."""
    with suppress(OSError, ValueError):
        return dict(json.loads((work / f"{name}.json").read_text()))
    return {}


if __name__ == "__main__":
    main()
