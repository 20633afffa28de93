"""llama.cpp inside this process (xllamacpp): the default engine on a CPU.

- One `LlamaServer` holds the model; a thread per slot calls it, and llama.cpp runs all of them as one continuous batch.
  Its callback gets each token's text and says whether to stop: that is the stop flag, per token.
- The beginning that prompts share is read once and kept for the rounds that follow: see `llama_server`.
- llama.cpp batches only requests of one adapter. A batch of several goes to two more servers on the same file (its
  pages are shared), each with half of the cores, which costs less than taking turns on all of them.
- Log-probabilities are of the model's own distribution, before penalties and truncation. A character made of several
  tokens reports the last one only.
- It cannot score given text (the server has no such call): see `torch_engine`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.contracts import Chunk, Request, StopFlag
from agents.errors import AdapterRefused, EngineFailed, PromptTooLong
from cocreate.engines.barred import barred_tokens
from cocreate.engines.known_runs import KnownRuns, known_runs
from cocreate.engines.llama_batch import Batch, Job
from cocreate.engines.llama_sampling import llama_sampling
from cocreate.engines.llama_server import LlamaServer
from cocreate.engines.llama_socket import LlamaSocket
from cocreate.engines.threads import wait_politely

_SPLIT_SLOTS = 4
"""Slots of each of the two servers for batches of several adapters."""


class LlamaCppEngine:
    """A GGUF model with GGUF LoRA adapters chosen per request.

    Args:
        path: the GGUF file.
        threads: CPU threads; 0 means all cores.
        context: tokens of prompt and reply together, per request.
        parallel: requests that run at the same time (slots); more wait their turn. Memory grows with
            `parallel * context` (23 kB a token for SmolLM2-135M).
        adapters: name to GGUF LoRA file, or peft folder, loaded from the start.
        known: what each adapter must not repeat, beside what lies in the peft folders of `adapters`.
        cache: where adapters converted from peft are kept; without it peft folders are refused.
        name: of the model, for the status line; the file's own name without it.
        exact: attention in float32, for comparisons; see `LlamaServer`.

    Raises:
        EngineFailed: the file is not a model llama.cpp can load.
        AdapterRefused: an adapter is missing or does not fit.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 0,
        context: int = 2048,
        parallel: int = 8,
        adapters: Mapping[str, str] | None = None,
        known: Mapping[str, KnownRuns] | None = None,
        cache: Path | None = None,
        name: str = "",
        exact: bool = False,
    ) -> None:
        self._path = path
        self._exact = exact
        self._name = name or path.stem
        self._threads = threads or os.cpu_count() or 1
        self._context = context
        self._parallel = parallel
        self._cache = cache
        self._adapters = {name: self._adapter_file(file) for name, file in (adapters or {}).items()}
        self._known = {name: runs for name, path in (adapters or {}).items() if (runs := known_runs(Path(path)))}
        self._known |= known or {}
        self._running: list[Batch] = []
        self._server: LlamaServer | None = None
        self._split: list[LlamaServer] = []
        self._barred_tokens: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._load()

    @property
    def name(self) -> str:
        """Such as "llamacpp SmolLM2-135M-Instruct Q4_1"."""
        return f"llamacpp {self._name}"

    @property
    def device(self) -> str:
        """Such as "CPU, 2 threads"."""
        return f"CPU, {self._threads} thread{'' if self._threads == 1 else 's'}"

    @property
    def context_length(self) -> int:
        """Tokens of prompt and reply together, per request."""
        return self._context

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names a request may use, in the order they were added."""
        return tuple(self._adapters)

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """Run the requests as one batch. See `agents.contracts.Engine.generate`."""
        if not requests:
            return
        lanes = self._lanes(self._jobs(requests))
        self._running = [batch for batch in self._running if batch.alive]
        batch = Batch(lanes, after=tuple(self._running))
        self._running.append(batch)
        yield from batch.chunks(stop)

    def count_tokens(self, text: str) -> int:
        """Number of tokens, asked of llama.cpp itself (about 1 ms)."""
        return len(self._door.tokens(text, special=False)) if text else 0

    def add_adapter(self, name: str, path: str) -> None:
        """Load a LoRA under `name`: a GGUF file, or a peft folder. The model is loaded anew with it (half a second).

        Raises:
            AdapterRefused: it is missing, or does not belong to this model; the engine goes on without it.
        """
        known, before = known_runs(Path(path)), dict(self._adapters)
        self._adapters[name] = self._adapter_file(path)
        try:
            self._reload()
        except EngineFailed as error:
            self._adapters = before
            self._reload()
            raise AdapterRefused(
                f"The adapter {name} does not fit the model {self._path.name}.",
                "Choose the model it was tuned on, or tune the voice again.",
            ) from error
        if known is not None:
            self._known[name] = known

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""
        self._known.pop(name, None)
        if self._adapters.pop(name, None) is not None:
            self._reload()

    def close(self) -> None:
        """Stop what runs and free the model."""
        for batch in self._running:
            batch.cancel()
        for batch in self._running:
            batch.join()
        self._running = []
        for server in (*self._split, *((self._server,) if self._server else ())):
            server.close()
        self._server, self._split = None, []

    @property
    def _main(self) -> LlamaServer:
        if self._server is None:
            raise EngineFailed("The language model is closed.", "Restart the studio.")
        return self._server

    @property
    def _door(self) -> LlamaSocket:
        return self._main.door

    def _reload(self) -> None:
        self.close()
        self._load()

    def _load(self) -> None:
        wait_politely()
        if not self._path.is_file():
            raise EngineFailed(
                f"There is no model file at {self._path}.", "Set another with: cocreate config set model PATH"
            )
        self._server = self._open(self._threads, self._parallel)

    def _open(self, threads: int, parallel: int) -> LlamaServer:
        return LlamaServer(
            self._path,
            threads=threads,
            context=self._context,
            parallel=parallel,
            adapters=self._adapters,
            exact=self._exact,
        )

    def _adapter_file(self, path: str) -> str:
        """The GGUF file of an adapter, converted from peft where it has to be."""
        if Path(path).is_file():
            return path
        if not Path(path).is_dir() or self._cache is None:
            raise AdapterRefused(f"There is no adapter at {path}.", "Tune the voice again, or choose another.")
        from cocreate.training.gguf_lora import gguf_of

        return str(gguf_of(Path(path), self._path, self._cache))

    def _lanes(self, jobs: Sequence[Job]) -> list[tuple[LlamaServer, Sequence[Job]]]:
        """Who runs what: the one server, or two with half of the cores each when the adapters differ."""
        names = sorted({job.adapter for job in jobs})
        if len(names) < 2 or self._threads < 2:
            return [(self._main, jobs)]
        if not self._split:
            self._split = [self._open(self._threads // 2, min(_SPLIT_SLOTS, self._parallel)) for _ in range(2)]
        halves = _halved({name: [job for job in jobs if job.adapter == name] for name in names})
        return list(zip(self._split, halves, strict=True))

    def _jobs(self, requests: Sequence[Request]) -> list[Job]:
        clean: dict[str, str] = {}
        return [self._job(index, request, clean) for index, request in enumerate(requests)]

    def _job(self, index: int, request: Request, clean: dict[str, str]) -> Job:
        prompt = self._plain(request.prefill, clean)
        if request.messages:
            messages = [{"role": m.role, "content": self._plain(m.text, clean)} for m in request.messages]
            prompt = self._door.render(messages) + prompt
        tokens = self._door.tokens(prompt, special=True, begin=True)
        if len(tokens) >= self._context:
            raise PromptTooLong(
                f"The prompt has {len(tokens)} tokens; the model reads {self._context}.",
                "Shorten the text, or raise the context setting.",
            )
        fields = self._fields(request)
        if barred := self._barred(request.without):
            fields["logit_bias"] = [[token, False] for token in barred]
        known = None if request.grammar else self._known.get(request.adapter or "")
        return Job(index, tuple(tokens), fields, request.adapter or "", request.cancel, known)

    def _barred(self, words: tuple[str, ...]) -> tuple[int, ...]:
        if words not in self._barred_tokens:
            self._barred_tokens[words] = barred_tokens(words, lambda text: self._door.tokens(text, special=False))
        return self._barred_tokens[words]

    def _plain(self, text: str, clean: dict[str, str]) -> str:
        """`text` without special tokens, so that no text can end its own turn of the chat."""
        if text and text not in clean:
            rest = text
            # Again, because taking one out may join its neighbours to another: <|im_<|im_end|>end|>
            while pieces := self._door.special_pieces(rest):
                shorter = rest
                for piece in pieces:
                    shorter = shorter.replace(piece, "")
                if shorter == rest:
                    break
                rest = shorter
            clean[text] = rest
        return clean.get(text, "")

    def _fields(self, request: Request) -> dict[str, Any]:
        """The request in the words of llama.cpp's server."""
        if request.adapter is not None and request.adapter not in self._adapters:
            raise EngineFailed(f"There is no adapter called {request.adapter}.", "Choose another voice.")
        sampling = request.sampling
        fields: dict[str, Any] = {
            "max_tokens": request.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            **llama_sampling(sampling),
            "seed": request.seed & 0x7FFFFFFF,
            "stop": [s for s in request.stop if s],
            "stream": True,
        }
        if request.logprobs:
            fields["logprobs"] = 1
        if request.grammar:
            fields["grammar"] = request.grammar
        return fields


def _halved(groups: Mapping[str, Sequence[Job]]) -> tuple[list[Job], list[Job]]:
    """Two lists of about equal length; the jobs of one adapter stay together."""
    one: list[Job] = []
    other: list[Job] = []
    for jobs in sorted(groups.values(), key=len, reverse=True):
        (one if len(one) <= len(other) else other).extend(jobs)
    return one, other
