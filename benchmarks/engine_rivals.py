"""What the engines are measured against: llama.cpp's own server, vLLM, and transformers' `generate`."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from agents.contracts import Request
from cocreate.engines.llama_sampling import llama_sampling

Row = dict[str, float]


def server_fields(request: Request) -> dict[str, Any]:
    """The sampling of a request in the words of llama.cpp's server."""
    return {
        "max_tokens": request.max_tokens,
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        **llama_sampling(request.sampling),
        "seed": request.seed,
        "logprobs": 1,
        "stream": True,
    }


class LlamaCppServer:
    """xllamacpp's own HTTP server on the same GGUF file, asked the way its users ask it: one connection a request."""

    def __init__(self, path: Path, slots: int, threads: int, context: int) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel = context * slots, slots
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.hostnames, params.port = ["127.0.0.1"], 0
        params.verbosity, params.ui, params.warmup, params.fit_params = 0, False, False, False
        self._server = xllamacpp.Server(params)
        address = str(self._server.listening_address)
        self.url = (address if address.startswith("http") else f"http://{address}").rstrip("/") + "/v1"

    def close(self) -> None:
        self._server = None


def over_http(url: str, requests: list[Request], model: str = "", **more: Any) -> Row:
    """All requests at once as streaming chats, each on a connection of its own."""
    started = time.perf_counter()
    first: list[float] = []
    lock = threading.Lock()

    def one(request: Request) -> int:
        messages = [{"role": message.role, "content": message.text} for message in request.messages]
        body = server_fields(request) | {"messages": messages, "logprobs": True, "top_logprobs": 1, **more}
        if model:
            body["model"] = model
        body["stream_options"] = {"include_usage": True}
        tokens = 0
        with httpx.stream("POST", f"{url}/chat/completions", json=body, timeout=600) as reply:
            reply.raise_for_status()
            for line in reply.iter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                chunk = json.loads(line[6:])
                if chunk.get("choices") and chunk["choices"][0]["delta"].get("content"):
                    with lock:
                        first.append(time.perf_counter() - started)
                if chunk.get("usage"):
                    tokens = int(chunk["usage"]["completion_tokens"])
        return tokens

    with ThreadPoolExecutor(len(requests)) as pool:
        tokens = sum(pool.map(one, requests))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "first_seconds": min(first, default=0.0), "tokens": tokens}


class Transformers:
    """transformers' own `generate` on the same weights: one request after another, no batch."""

    def __init__(self, folder: Path, threads: int, dtype: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(threads)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()

    def generate(self, request: Request, tokens: int = 0) -> Row:
        """One request; exactly `tokens` new tokens when given."""
        import torch

        messages = [{"role": message.role, "content": message.text} for message in request.messages]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        inputs = self._tokenizer(text + request.prefill, return_tensors="pt", add_special_tokens=False)
        exact = {"min_new_tokens": tokens, "max_new_tokens": tokens} if tokens else {}
        settings = {"max_new_tokens": request.max_tokens, "do_sample": True, "temperature": 1.0, "min_p": 0.05}
        started = time.perf_counter()
        with torch.inference_mode():
            output = self._model.generate(**inputs, **(settings | exact))
        return {
            "seconds": time.perf_counter() - started,
            "tokens": int(output.shape[1] - inputs["input_ids"].shape[1]),
        }

    def score(self, text: str) -> float:
        """Seconds of one forward pass over a text, as a critic in plain transformers would do."""
        import torch

        inputs = self._tokenizer(text, return_tensors="pt", add_special_tokens=False)
        if not inputs["input_ids"].shape[1]:
            return 0.0
        started = time.perf_counter()
        with torch.inference_mode():
            torch.log_softmax(self._model(**inputs).logits.float(), dim=-1)
        return time.perf_counter() - started
