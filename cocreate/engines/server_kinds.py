"""What kinds of OpenAI-compatible servers there are, and how a request is said to each. Pure: no socket.

They agree on messages, temperature, top_p, max_tokens, stop and seed. The rest is theirs:

- vLLM takes top_k, min_p, repetition_penalty, a grammar, and continues a message of the assistant when asked to.
- llama.cpp takes all of our sampling, a grammar, adapters by number, and continues an assistant's message by itself.
- LM Studio takes top_k and repeat_penalty.
- Ollama and any other are sent the common part only: a strict server refuses what it does not know. They cannot be
  made to continue a text; they are asked to begin with it, and the repetition is taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.contracts import Finish, Request
from agents.errors import EngineFailed
from cocreate.engines.llama_sampling import llama_sampling

Kind = Literal["vllm", "llamacpp", "lmstudio", "ollama", "other"]
SHOWN: Mapping[Kind, str] = {
    "vllm": "vLLM",
    "llamacpp": "llama.cpp",
    "lmstudio": "LM Studio",
    "ollama": "Ollama",
    "other": "OpenAI-compatible",
}
_OWNERS: Mapping[str, Kind] = {
    "vllm": "vllm",
    "llamacpp": "llamacpp",
    "organization_owner": "lmstudio",
    "library": "ollama",
}
"""What each server writes as `owned_by` on its model cards."""
_MOST_STOPS = 4
"""Stop strings the OpenAI API takes; the engine cuts at the others itself."""
_CONTINUES: tuple[Kind, ...] = ("vllm", "llamacpp")


@dataclass(frozen=True, slots=True)
class Card:
    """One model a server offers."""

    id: str
    base: str
    """The model an adapter belongs to; "" for a model of its own."""
    context: int
    """Tokens of prompt and reply together; 0 when the server does not say."""
    owner: str

    @property
    def name(self) -> str:
        """The id in short: llama.cpp without an alias gives the path of the file."""
        return self.id.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if self.owner == "llamacpp" else self.id


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a stream, read."""

    text: str = ""
    logprobs: tuple[float, ...] = ()
    finish: Finish = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0


def cards(listing: object) -> list[Card] | None:
    """The models in an answer to GET /v1/models; None when it is not such an answer."""
    items = listing.get("data") if isinstance(listing, dict) else None
    if items is None and isinstance(listing, dict) and listing.get("object") == "list":
        return []  # Ollama without a model says null
    if not isinstance(items, list) or not all(isinstance(i, dict) and isinstance(i.get("id"), str) for i in items):
        return None
    return [_card(item) for item in items]


def kind_of(offered: list[Card]) -> Kind:
    """Which server writes such cards."""
    return next((_OWNERS[card.owner] for card in offered if card.owner in _OWNERS), "other")


def pick(offered: list[Card], wanted: str) -> Card | None:
    """The card called `wanted`, or the first model when nothing is wanted; None when there is none."""
    if not wanted:
        return next((card for card in offered if not card.base), None)
    names = (wanted, f"{wanted}:latest")  # Ollama's tag when none is given
    return next((card for card in offered if card.id in names or card.name == wanted), None)


def said(kind: Kind, model: str, request: Request, adapters: Mapping[str, int]) -> tuple[str, dict[str, Any]]:
    """Return (path, JSON body) of a streaming request.

    `adapters`: numbers of the adapters a llama.cpp server was started with.

    Raises:
        EngineFailed: the request has a grammar and this kind of server takes none.
    """
    body = _common(kind, request) | _own(kind, request, adapters)
    body["model"] = request.adapter if request.adapter and request.adapter not in adapters else model
    if not request.messages:
        return "/completions", body | {"prompt": request.prefill} | _logprobs(kind, request, chat=False)
    return "/chat/completions", body | chat(kind, request) | _logprobs(kind, request, chat=True)


def chat(kind: Kind, request: Request) -> dict[str, Any]:
    """The messages, and what makes this kind of server continue `prefill`."""
    messages = [{"role": message.role, "content": message.text} for message in request.messages]
    extra: dict[str, Any] = {}
    if kind in _CONTINUES:
        extra["chat_template_kwargs"] = {"enable_thinking": False}
    if not request.prefill:
        return {"messages": messages} | extra
    if kind in _CONTINUES:
        messages.append({"role": "assistant", "content": request.prefill})
        if kind == "vllm":
            extra |= {"continue_final_message": True, "add_generation_prompt": False}
        return {"messages": messages} | extra
    please = _please(request.prefill)
    if messages[-1]["role"] == "user":  # many chat templates refuse two messages of one role in a row
        messages[-1]["content"] += f"\n\n{please}"
    else:
        messages.append({"role": "user", "content": please})
    return {"messages": messages} | extra


def repeats_prefill(kind: Kind, request: Request) -> bool:
    """Whether the reply is likely to begin with `prefill`, which is then to be taken off."""
    return bool(request.messages and request.prefill) and kind not in _CONTINUES


def read(event: Mapping[str, Any]) -> Piece:
    """What one event of the stream says; unknown parts are ignored."""
    usage = event.get("usage")
    prompt, cached = _usage(usage) if isinstance(usage, dict) else (0, 0)
    timings = event.get("timings")
    if isinstance(timings, dict) and not cached:
        cached = _whole(timings.get("cache_n"))
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    return Piece(_text(choice), _numbers(choice.get("logprobs")), _finish(choice), prompt, cached)


def _common(kind: Kind, request: Request) -> dict[str, Any]:
    sampling = request.sampling
    stops = [stop for stop in request.stop if stop]
    if kind not in _CONTINUES:
        stops = stops[:_MOST_STOPS]
    body: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": request.seed & 0x7FFFFFFF,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return body | ({"stop": stops} if stops else {})


def _own(kind: Kind, request: Request, adapters: Mapping[str, int]) -> dict[str, Any]:
    """What only this kind of server understands."""
    sampling = request.sampling
    if request.grammar and kind not in _CONTINUES:
        raise EngineFailed(
            f"This server ({SHOWN[kind]}) cannot hold a reply to a grammar.", "Use vLLM or llama.cpp for this."
        )
    if kind == "vllm":
        own: dict[str, Any] = {
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repetition_penalty": sampling.repeat_penalty,
        }
        return own | ({"structured_outputs": {"grammar": request.grammar}} if request.grammar else {})
    if kind == "lmstudio":
        return {"top_k": sampling.top_k, "repeat_penalty": sampling.repeat_penalty}
    if kind != "llamacpp":
        return {}
    own = llama_sampling(sampling) | {"cache_prompt": True}
    if adapters:
        own["lora"] = [{"id": n, "scale": float(name == request.adapter)} for name, n in adapters.items()]
    return own | ({"grammar": request.grammar} if request.grammar else {})


def _logprobs(kind: Kind, request: Request, *, chat: bool) -> dict[str, Any]:
    """vLLM is always asked: by them its tokens are counted, of which one event may hold several."""
    if kind not in _CONTINUES or (kind == "llamacpp" and not request.logprobs):
        return {}
    if not chat:
        return {"logprobs": 1}
    return {"logprobs": True, "top_logprobs": 1 if kind == "llamacpp" else 0}  # llama.cpp sends 20 when not told


def _please(prefill: str) -> str:
    """Ask for a beginning where it cannot be given."""
    if any("\u4e00" <= character <= "\u9fff" for character in prefill):
        return f"请以下面这段文字开头，一字不改，然后接着写：\n{prefill}"
    return f"Begin your answer with exactly this text, and go on from there:\n{prefill}"


def _text(choice: Mapping[str, Any]) -> str:
    for holder in (choice, choice.get("delta"), choice.get("message")):
        if isinstance(holder, Mapping):
            for name in ("text", "content"):
                if isinstance(holder.get(name), str):
                    return str(holder[name])
    return ""


def _numbers(found: object) -> tuple[float, ...]:
    """Log-probabilities in either shape: chat's and llama.cpp's `content`, or completions' `token_logprobs`."""
    if not isinstance(found, dict):
        return ()
    listed = found.get("content")
    values = [t.get("logprob") for t in listed if isinstance(t, dict)] if isinstance(listed, list) else None
    if values is None:
        values = found.get("token_logprobs") if isinstance(found.get("token_logprobs"), list) else []
    return tuple(float(value) for value in values or () if isinstance(value, int | float))


def _finish(choice: Mapping[str, Any]) -> Finish:
    why = choice.get("finish_reason")
    return "" if not why else "length" if why == "length" else "stop"


def _usage(usage: Mapping[str, Any]) -> tuple[int, int]:
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return _whole(usage.get("prompt_tokens")), _whole(cached)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _card(item: Mapping[str, Any]) -> Card:
    meta = item.get("meta")
    context = _whole(item.get("max_model_len")) or (_whole(meta.get("n_ctx")) if isinstance(meta, dict) else 0)
    parent = item.get("parent")
    return Card(str(item["id"]), parent if isinstance(parent, str) else "", context, str(item.get("owned_by", "")))
