"""llama.cpp inside this process (xllamacpp): the default engine on a CPU.

- One `Server` object holds the model; a thread per slot calls `handle_completions`, and llama.cpp runs all of them as
  one continuous batch. Its callback gets each token's text and says whether to stop: that is the stop flag, per token.
- A batch usually shares its prompt (four drafts of one brief). The shared beginning is read once, saved, and restored
  into every slot: on two cores reading 200 tokens takes 0.8 s, restoring them 2 ms.
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
from cocreate.engines.llama_batch import Batch, Job
from cocreate.engines.llama_socket import LlamaSocket
from cocreate.engines.threads import wait_politely


class LlamaCppEngine:
    """A GGUF model with GGUF LoRA adapters chosen per request.

    Args:
        path: the GGUF file.
        threads: CPU threads; 0 means all cores.
        context: tokens of prompt and reply together, per request.
        parallel: requests that run at the same time (slots); more wait their turn. Memory grows with
            `parallel * context` (23 kB a token for SmolLM2-135M).
        adapters: name to GGUF LoRA file, loaded from the start.

    Raises:
        EngineFailed: the file is not a model llama.cpp can load.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 0,
        context: int = 2048,
        parallel: int = 8,
        adapters: Mapping[str, str] | None = None,
    ) -> None:
        self._path = path
        self._threads = threads or os.cpu_count() or 1
        self._context = context
        self._parallel = parallel
        self._adapters: dict[str, str] = dict(adapters or {})
        self._running: list[Batch] = []
        self._socket: LlamaSocket | None = None
        self._server: Any = None
        self._load()

    @property
    def name(self) -> str:
        """Such as "llamacpp SmolLM2-135M-Instruct Q4_1"."""
        return f"llamacpp {' '.join(self._path.stem.rsplit('.', 1))}"

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
        jobs = self._jobs(requests)
        self._running = [batch for batch in self._running if batch.alive]
        batch = Batch(self._server, self._door, jobs, min(self._parallel, len(jobs)), after=tuple(self._running))
        self._running.append(batch)
        yield from batch.chunks(stop)

    def count_tokens(self, text: str) -> int:
        """Number of tokens, asked of llama.cpp itself (about 1 ms)."""
        return len(self._door.tokens(text, special=False)) if text else 0

    def add_adapter(self, name: str, path: str) -> None:
        """Load a GGUF LoRA under `name`. The model is loaded anew with it (about half a second).

        Raises:
            AdapterRefused: the file is missing, or does not belong to this model; the engine goes on without it.
        """
        if not Path(path).is_file():
            raise AdapterRefused(f"There is no adapter file at {path}.", "Tune the voice again, or choose another.")
        before = dict(self._adapters)
        self._adapters[name] = path
        try:
            self._reload()
        except EngineFailed as error:
            self._adapters = before
            self._reload()
            raise AdapterRefused(
                f"The adapter {name} does not fit the model {self._path.name}.",
                "Choose the model it was tuned on, or tune the voice again.",
            ) from error

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter; unknown names are ignored."""
        if self._adapters.pop(name, None) is not None:
            self._reload()

    def close(self) -> None:
        """Stop what runs and free the model."""
        for batch in self._running:
            batch.cancel()
        for batch in self._running:
            batch.join()
        self._running = []
        self._server = None  # its destructor ends llama.cpp's own threads
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def _door(self) -> LlamaSocket:
        if self._socket is None:
            raise EngineFailed("The language model is closed.", "Restart the studio.")
        return self._socket

    def _reload(self) -> None:
        self.close()
        self._load()

    def _load(self) -> None:
        wait_politely()
        import xllamacpp

        if not self._path.is_file():
            raise EngineFailed(
                f"There is no model file at {self._path}.", "Set another with: cocreate config set model PATH"
            )
        self._socket = LlamaSocket()
        try:
            self._server = xllamacpp.Server(self._params(xllamacpp))
            self._socket.opened(str(self._server.listening_address))
        except (RuntimeError, ValueError, OSError) as error:
            self.close()
            raise EngineFailed(
                f"llama.cpp cannot load {self._path.name}: the file is damaged or of a kind it does not know.",
                "Fetch it again, or set another with: cocreate config set model PATH",
            ) from error

    def _params(self, xllamacpp: Any) -> Any:
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._context * self._parallel  # llama.cpp divides it among the slots
        params.n_parallel = self._parallel
        params.kv_unified = False  # one cache per slot: a little faster, and steadier numbers for one seed
        params.cpuparams.n_threads = self._threads
        params.cpuparams_batch.n_threads = self._threads
        params.n_threads_http = 2
        params.cache_ram_mib = 0  # no second prompt cache (8 GB by default); slots and saved prefixes are ours
        params.fit_params = False
        params.warmup = False
        params.ui = False
        params.verbosity = 0
        params.lora_init_without_apply = True
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in self._adapters.values()]
        self._door.prepare(params)
        return params

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
        return Job(index, tuple(tokens), self._fields(request), request.adapter or "")

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
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repeat_penalty,
            "repeat_last_n": sampling.repeat_last_n,
            "dry_multiplier": sampling.dry_multiplier,
            "dry_base": sampling.dry_base,
            "dry_allowed_length": sampling.dry_allowed_length,
            "dry_penalty_last_n": sampling.repeat_last_n,
            "seed": request.seed & 0x7FFFFFFF,
            "stop": [s for s in request.stop if s],
            "logprobs": 1,
            "cache_prompt": True,
            "stream": True,
        }
        if self._adapters:
            names = list(self._adapters)
            fields["lora"] = [{"id": i, "scale": float(name == request.adapter)} for i, name in enumerate(names)]
        return fields
