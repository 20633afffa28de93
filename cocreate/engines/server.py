"""An OpenAI-compatible server the writer runs or rents, by its address: vLLM, llama.cpp, Ollama, LM Studio, others.

Where one machine is not enough: a GPU box, or several. Nothing changes in any agent; docs/server.md has the commands.

- At connect the server is asked what it offers; a model or adapter it does not have is refused with a sentence that
  names what there is.
- Adapters are model names there (vLLM `--lora-modules`), or numbers (llama.cpp `--lora`).
- Tokens are counted by the server where it can (vLLM, llama.cpp), else estimated.
- It does not score given text: the critic keeps its own small model on this machine.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

from agents.contracts import Chunk, Request, StopFlag
from agents.errors import AdapterRefused, AgentError, EngineFailed
from cocreate.engines import server_kinds as kinds
from cocreate.engines.server_address import parse, where_text_goes
from cocreate.engines.server_batch import Reply, ServerBatch
from cocreate.engines.server_client import Answer, ServerClient, Waits
from cocreate.engines.server_key import ServerKey

_OK = 200
_KEPT_COUNTS = 512
"""Texts whose token count is remembered."""


class ServerEngine:
    """A model on a server.

    Args:
        url: such as "http://127.0.0.1:8000/v1".
        model: its name there; "" is the first one the server offers.
        key: sent as a bearer token; see `server_key.find_key`.
        context: tokens of prompt and reply together where the server does not say.
        waits: time-outs and tries.

    Raises:
        EngineFailed: it cannot be reached, refuses the key, is no such server, or has no such model.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        key: ServerKey | None = None,
        context: int = 2048,
        waits: Waits | None = None,
    ) -> None:
        try:
            self.address = parse(url)
        except ValueError as error:
            raise EngineFailed(
                f"server_url {error}.", "Set it: cocreate config set server_url http://127.0.0.1:8000/v1"
            ) from error
        self._has_key = key is not None
        self._client = ServerClient(self.address, key, waits or Waits())
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._adapters: list[str] = []
        self._numbers: dict[str, int] = {}
        try:
            self._connect(model, context)
        except AgentError:
            self._client.close()
            raise

    # --- what it is -----------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Such as "server smollm2"."""
        return f"server {self._client.told.clean(self._card.name)}"

    @property
    def model(self) -> str:
        """Name of the model, as the server says it."""
        return self._card.id

    @property
    def device(self) -> str:
        """Where it runs, such as "vLLM at gpu-box:8000"."""
        return f"{kinds.SHOWN[self.kind]} at {self.address.shown}"

    @property
    def context_length(self) -> int:
        """Tokens of prompt and reply together: what the server says, else what the settings say."""
        return self._context

    @property
    def warning(self) -> str:
        """One sentence when the key travels in the clear, else ""."""
        said, doubtful = where_text_goes(self.address, self._has_key)
        return f"Text {said}." if doubtful else ""

    @property
    def offered(self) -> tuple[str, ...]:
        """Models the server offers, adapters not among them."""
        return tuple(card.id for card in self._cards if not card.base)

    @property
    def adapters(self) -> tuple[str, ...]:
        """Adapters a request may name."""
        return tuple(self._adapters)

    @property
    def counts_tokens(self) -> bool:
        """Whether `count_tokens` asks the server; if not, it estimates."""
        return self._counts_tokens

    # --- generating -----------------------------------------------------------------------------------------

    def generate(self, requests: Sequence[Request], stop: StopFlag) -> Iterator[Chunk]:
        """Run the requests side by side. See `agents.contracts.Engine.generate`."""
        replies = [self._reply(index, request) for index, request in enumerate(requests)]
        yield from ServerBatch(self._client, replies, self._room).chunks(stop)

    def count_tokens(self, text: str) -> int:
        """Number of tokens of `text`: the server's own count (remembered), or an estimate; see `counts_tokens`."""
        if not text:
            return 0
        if not self._counts_tokens:
            return estimated_tokens(text)
        if text not in self._counts:
            counted = self._counted(self._client.ask("/tokenize", self._to_count(text), own=True))
            if counted is None:
                raise EngineFailed(
                    f"The server at {self.address.shown} no longer counts tokens.", "Restart the studio."
                )
            self._counts[text] = counted
            if len(self._counts) > _KEPT_COUNTS:
                self._counts.popitem(last=False)
        return self._counts[text]

    # --- adapters -------------------------------------------------------------------------------------------

    def add_adapter(self, name: str, path: str) -> None:
        """Make sure the server offers the adapter `name`, loading it there from `path` (on the server) where it may.

        Raises:
            AdapterRefused: it does not; the next step is the line to start the server with.
        """
        if name in self._adapters:
            return
        self._refresh()
        if name not in self._adapters and any(card.id == name for card in self._cards):
            self._adapters.append(name)  # a server without cards of adapters offers it as a model
        if name in self._adapters:
            return
        if self.kind != "vllm":
            raise self._refused_adapter(name, path)
        answer = self._client.ask("/load_lora_adapter", {"lora_name": name, "lora_path": path})
        if answer.status == _OK:
            self._adapters.append(name)
            return
        not_enabled = answer.status == 404 and isinstance(answer.data, dict) and "detail" in answer.data
        raise self._refused_adapter(name, path, "" if not_enabled else self._client.told.clean(_reason(answer)))

    def remove_adapter(self, name: str) -> None:
        """Forget an adapter here; the server keeps it, because another studio may use it. Unknown names are ignored."""
        if name in self._adapters:
            self._adapters.remove(name)

    def close(self) -> None:
        """End what runs and close every connection."""
        self._client.close()

    # --- inside ---------------------------------------------------------------------------------------------

    def _connect(self, model: str, context: int) -> None:
        self._cards = self._listed()
        self.kind: kinds.Kind = kinds.kind_of(self._cards)
        if self.kind == "other" and _has(self._client.ask("/api/version", own=True), "version"):
            self.kind = "ollama"
        card = kinds.pick(self._cards, model)
        if card is None:
            raise self._client.told.no_model(model, [one.name for one in self._cards if not one.base])
        self._card = card
        self._refresh(self._cards)
        self._context = card.context or self._from_props() or context
        able = self.kind in ("vllm", "llamacpp")
        self._counts_tokens = able and self._counted(self._client.ask("/tokenize", self._to_count("a"), own=True)) == 1

    def _listed(self) -> list[kinds.Card]:
        answer = self._client.ask("/models")
        if answer.status != _OK:
            raise self._client.told.refusal(answer.status, answer.body)
        found = kinds.cards(answer.data)
        if found is None:
            raise self._client.told.junk()
        return found

    def _refresh(self, listed: list[kinds.Card] | None = None) -> None:
        """See which adapters there are now."""
        self._cards = listed if listed is not None else self._listed()
        if self.kind == "llamacpp":
            loras = self._client.ask("/lora-adapters", own=True).data
            items = [item for item in loras if isinstance(item, dict)] if isinstance(loras, list) else []
            self._numbers = {_stem(str(item.get("path", ""))): int(item.get("id", 0)) for item in items}
        found = [card.id for card in self._cards if card.base] + list(self._numbers)
        self._adapters += [name for name in found if name not in self._adapters]

    def _from_props(self) -> int:
        """Context of a llama.cpp server that does not say it on its card; 0 when it does not say it at all."""
        props = self._client.ask("/props", own=True).data if self.kind == "llamacpp" else None
        settings = props.get("default_generation_settings") if isinstance(props, dict) else None
        found = settings.get("n_ctx") if isinstance(settings, dict) else None
        return found if isinstance(found, int) else 0

    def _reply(self, index: int, request: Request) -> Reply:
        if request.adapter is not None and request.adapter not in self._adapters:
            raise EngineFailed(f"There is no adapter called {request.adapter}.", "Choose another voice.")
        path, body = kinds.said(self.kind, self.model, request, self._numbers)
        body["max_tokens"] = max(1, min(request.max_tokens, self._context - 1))
        return Reply(index, request, path, body, echo=kinds.repeats_prefill(self.kind, request))

    async def _room(self, request: Request) -> int:
        """Tokens left beside the prompt of a request, as vLLM counts it; 0 when it cannot be known."""
        if self.kind != "vllm" or not self._counts_tokens:
            return 0
        prompt = kinds.chat(self.kind, request) if request.messages else {"prompt": request.prefill}
        counted = self._counted(await self._client.asked("/tokenize", {"model": self.model, **prompt}, True))
        return self._context - counted if counted is not None else 0

    def _to_count(self, text: str) -> dict[str, Any]:
        if self.kind == "vllm":
            return {"model": self.model, "prompt": text, "add_special_tokens": False}
        return {"content": text, "add_special": False, "parse_special": False}

    def _counted(self, answer: Answer) -> int | None:
        """Tokens in an answer to /tokenize; None when it is none."""
        data = answer.data if answer.status == _OK else None
        tokens = data.get("tokens") if isinstance(data, dict) else None
        return len(tokens) if isinstance(tokens, list) else None

    def _refused_adapter(self, name: str, path: str, why: str = "") -> AdapterRefused:
        because = f": {why}" if why else ""
        steps = {
            "vllm": f"Start it with: vllm serve {self._client.told.clean(self.model)} --enable-lora "
            f"--lora-modules {name}={path}",
            "llamacpp": f"Start it with: llama-server --lora {path} (a GGUF file called {name}.gguf)",
        }
        step = steps.get(self.kind, f"Make a model called {name} there, or use vLLM or llama.cpp.")
        return AdapterRefused(f"The server at {self.address.shown} does not offer the adapter {name}{because}.", step)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has: one for a Chinese, Japanese or Korean character, one for four others."""
    wide = sum("\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7ff" for character in text)
    return wide + math.ceil((len(text) - wide) / 4)


def _has(answer: Answer, name: str) -> bool:
    return answer.status == _OK and isinstance(answer.data, dict) and name in answer.data


def _stem(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gguf")


def _reason(answer: Answer) -> str:
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else answer.body
