"""The loop: steps, measurements, checkpoints, and the ways to end.

- Looks at the stop and pause flags before every step; a kill at any moment costs at most SAVE_EVERY seconds.
- The rate falls along a cosine of what is used up: steps, or on a slow machine time. So a schedule always ends low.
- Everything random is drawn from the seed and the pass, so that a resumed loop reads what the first would have read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cocreate.training import checkpoints, methods
from cocreate.training.checkpoints import State
from cocreate.training.corpus import Corpus, Example
from cocreate.training.job import Control, Progress, Stepped, TuneJob
from cocreate.training.reading import MICRO, learned, loss_sum, mean_loss, micro_batches, steps_of
from cocreate.training.recipe import Recipe
from cocreate.training.role_corpus import RoleCorpus
from cocreate.training.role_ideation import IdeaCorpus

SAVE_EVERY = 20.0
"""Seconds between checkpoints, at least."""
CLIP = 1.0
"""Largest norm of a step's gradient."""
SHOWN = 5
"""Steps whose mean loss is shown."""
_PAUSE = 0.05
"""Seconds between two looks at the flags while it stands still."""


class Loop:
    """One tuning on its way. Not thread-safe.

    Args:
        runner: the peft model.
        job: what was asked for.
        recipe, steps: the schedule.
        corpus, validation: what is read, and what it is judged on while it runs.
        state: where it stands; `step` 0 at the beginning.
        tensors: of the checkpoint `state` came with.
        budget: seconds it may take in all.
    """

    def __init__(
        self, runner: Any, job: TuneJob, recipe: Recipe, steps: int, corpus: Corpus | RoleCorpus | IdeaCorpus,
        validation: list[Example], state: State, tensors: dict[str, Any], budget: float,
    ) -> None:  # fmt: skip
        import torch

        self._runner, self._job, self._recipe, self._steps = runner, job, recipe, steps
        self._corpus, self._validation, self._budget = corpus, validation, budget
        self.state = state
        self._weights = methods.trained(runner)
        self.best = {name: value.detach().clone() for name, value in self._weights.items()}
        """Weights at the best measurement."""
        self._optimiser = torch.optim.AdamW(
            self._weights.values(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.decay
        )
        self._device = str(runner.device).split(":")[0]
        half = self._device == "cuda" and not torch.cuda.is_bf16_supported()
        self._scaler = torch.amp.GradScaler(self._device, enabled=half)
        self._micro = MICRO.get(self._device, MICRO["cpu"])
        self._began, self._cpu, self._saved = time.monotonic(), time.process_time(), time.monotonic()
        if tensors:
            self._restore(tensors)

    def run(self, on_event: Callable[[Progress], None], control: Control) -> bool:
        """Go on to the end; return whether the writer ended it."""
        if self.state.best is None:
            on_event(self._event(self._look()))
        ahead: list[list[Example]] = []
        epoch = -1
        while self.state.step < self._steps and not self._out_of_time() and not self._tired():
            if self._stopped(on_event, control):
                return True
            if epoch != self.state.epoch:
                epoch = self.state.epoch
                ahead = steps_of(self._corpus.epoch(epoch), self._recipe.step_tokens)
            self._step(ahead[self.state.batch])
            self._count(len(ahead))
            due = self.state.step % max(1, self._steps // self._recipe.looks) == 0 or self.state.step == self._steps
            measured = self._look() if due else None
            on_event(self._event(measured))
            if time.monotonic() - self._saved > SAVE_EVERY:
                self.save()
        if self.state.looks[-1][0] != self.state.step:
            on_event(self._event(self._look()))
        return False

    def save(self) -> None:
        """Write a checkpoint. Raises OSError."""
        import torch

        self._clock()
        tensors = {f"now {name}": value for name, value in self._weights.items()}
        tensors |= {f"best {name}": value for name, value in self.best.items()}
        for name, value in self._weights.items():
            for key, moment in self._optimiser.state[value].items():
                tensors[f"adam {key} {name}"] = torch.as_tensor(moment)
        tensors |= {
            f"own {name}": value for name, value in methods.own_state(self._runner, self._recipe.method).items()
        }
        tensors["random"] = torch.get_rng_state()
        checkpoints.save(self._job.work_dir, self.state, tensors)
        self._saved = time.monotonic()

    def _restore(self, tensors: dict[str, Any]) -> None:
        import torch

        with torch.no_grad():
            for name, value in self._weights.items():
                value.copy_(tensors[f"now {name}"])
                self.best[name].copy_(tensors[f"best {name}"])
                if f"adam step {name}" in tensors:
                    keys = ("step", "exp_avg", "exp_avg_sq")
                    kept = {key: tensors[f"adam {key} {name}"] for key in keys}
                    self._optimiser.state[value] = {
                        key: moment if key == "step" else moment.to(value.device) for key, moment in kept.items()
                    }
        own = {name.removeprefix("own "): value for name, value in tensors.items() if name.startswith("own ")}
        methods.restore_own(self._runner, self._recipe.method, own)
        torch.set_rng_state(tensors["random"])

    def _step(self, examples: list[Example]) -> None:
        """One move of the weights: gradients of all micro batches, summed."""
        import torch

        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.learning_rate * self._rate()
        count = learned(examples)
        total = 0.0
        for batch in micro_batches(examples, self._micro):
            with self._precision():
                loss = loss_sum(self._runner, batch, self._recipe.theme_weight)
            total += float(loss.detach())
            self._scaler.scale(loss / count).backward()
        if self._recipe.method == "adalora":
            self._scaler.scale(methods.extra_loss(self._runner)).backward()
        self._scaler.unscale_(self._optimiser)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), CLIP)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        methods.after_step(self._runner, self._recipe.method, self.state.step)
        self._optimiser.zero_grad(set_to_none=True)
        self.state.losses.append(total / count)

    def _precision(self) -> AbstractContextManager[Any]:
        """bfloat16 or float16 on CUDA; float32 on a CPU, which is faster there."""
        import torch

        if self._device != "cuda":
            return nullcontext()
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", dtype)

    def _rate(self) -> float:
        """Share of the learning rate: up in a line, down along a cosine."""
        used = max((self.state.step + 1) / self._steps, self._seconds() / self._budget)
        if used < self._recipe.warm_up:
            return used / self._recipe.warm_up
        along = min(1.0, (used - self._recipe.warm_up) / (1 - self._recipe.warm_up))
        low = self._recipe.last_rate
        return low + (1 - low) * 0.5 * (1 + math.cos(math.pi * along))

    def _look(self) -> float:
        """Measure on the validation works; keep the weights when they are the best."""
        with self._precision():
            value = mean_loss(self._runner, self._validation, self._micro)
        self.state.looks.append((self.state.step, value))
        if self.state.best is None or value < self.state.best:
            self.state.best, self.state.best_step = value, self.state.step
            for name, weight in self._weights.items():
                self.best[name].copy_(weight.detach())
        return value

    def _tired(self) -> bool:
        """No new best for as many measurements as the recipe waits."""
        since = [step for step, _ in self.state.looks if step > self.state.best_step]
        return len(since) >= self._recipe.patience

    def _stopped(self, on_event: Callable[[Progress], None], control: Control) -> bool:
        """Stand still while asked to; return whether to end."""
        if control.pause.is_set() and not control.stop.is_set():
            on_event(self._event(None, waiting=True))
            self._clock()
            while control.pause.is_set() and not control.stop.wait(_PAUSE):
                pass
            self._began, self._cpu = time.monotonic(), time.process_time()  # a pause is no time of ours
        if control.stop.is_set() and self.state.looks[-1][0] != self.state.step:
            self._look()
        return control.stop.is_set()

    def _count(self, batches: int) -> None:
        self.state.step += 1
        self.state.batch += 1
        if self.state.batch == batches:
            self.state.epoch, self.state.batch = self.state.epoch + 1, 0

    def _out_of_time(self) -> bool:
        return self._seconds() >= self._budget

    def _seconds(self) -> float:
        return self.state.seconds + time.monotonic() - self._began

    def _clock(self) -> None:
        """Move what the clocks show into the state."""
        now, cpu = time.monotonic(), time.process_time()
        self.state.seconds += now - self._began
        self.state.cpu_seconds += cpu - self._cpu
        self._began, self._cpu = now, cpu

    def _event(self, measured: float | None, *, waiting: bool = False) -> Stepped:
        seconds = self._seconds()
        last = self.state.losses[-SHOWN:] or [self.state.looks[-1][1]]
        used = max(self.state.step / self._steps, seconds / self._budget, 1e-6)
        return Stepped(
            step=self.state.step,
            steps=self._steps,
            loss=sum(last) / len(last),
            validation=measured,
            best=self.state.best,
            seconds=seconds,
            left=seconds * (1 - min(1.0, used)) / used if self.state.step else 0.0,
            waiting=waiting,
        )
