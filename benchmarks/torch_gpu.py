"""The torch engine on a CUDA GPU: against transformers' own generate and against what the card's memory allows.

    python benchmarks/torch_gpu.py [--tokens 128] [--prompt 400] [--rounds 5] [--tiny]

A Llama of 1.1 billion random weights, made on the spot: speed does not depend on what they are. Drawing one token for
every stream reads all weights once, so the limit is weight bytes / memory bandwidth for each step; the bandwidth is
measured by copying one gigabyte on the card. Greedy on both sides, no token ends a reply. Prints JSON; without CUDA it
says so and exits 0. `--tiny --device cpu` runs the same code on a small model, to see that it works; its figures mean
nothing. Not yet run on a GPU.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LARGE = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}
SMALL = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
WORDS = 32_000
BATCHES = (1, 16)


def make(folder: Path, tiny: bool) -> None:
    """A Llama of random weights with a tokenizer of one word a token."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = 500 if tiny else WORDS
    config = LlamaConfig(
        vocab_size=words,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=None,
        tie_word_embeddings=False,
        **(SMALL if tiny else LARGE),
    )
    torch.manual_seed(1)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({f"w{i}": i for i in range(words)}, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="w0").save_pretrained(folder)


def bandwidth(device: str) -> float:
    """Bytes a second that one copy reads and writes on the card."""
    import torch

    source = torch.empty(2**30 if device == "cuda" else 2**24, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds = []
    for _ in range(5):
        seconds.append(timed(lambda: target.copy_(source), device))
    return 2 * source.numel() / min(seconds)


def timed(work: Callable[[], Any], device: str) -> float:
    """Seconds until the card has done it."""
    import torch

    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    wait()
    started = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - started


def ours(engine: Any, prompt: str, batch: int, tokens: int) -> Callable[[], None]:
    from agents.contracts import Request, Sampling

    greedy = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
    requests = [Request((), prefill=prompt, max_tokens=tokens, sampling=greedy, seed=at) for at in range(batch)]

    def run() -> None:
        drawn = sum(len(chunk.logprobs) for chunk in engine.generate(requests, threading.Event()))
        if drawn != batch * tokens:
            raise SystemExit(f"The engine drew {drawn} tokens, not {batch * tokens}.")

    return run


def theirs(model: Any, prompt: list[int], batch: int, tokens: int) -> Callable[[], None]:
    import torch

    ids = torch.tensor([prompt] * batch, device=model.device)

    def run() -> None:
        with torch.inference_mode():
            made = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                pad_token_id=0,
            )
        if made.shape[1] != len(prompt) + tokens:
            raise SystemExit(f"transformers drew {made.shape[1] - len(prompt)} tokens, not {tokens}.")

    return run


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Alternating rounds of both, after one round that is not counted."""
    from cocreate.engines.torch_engine import TorchEngine

    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), args.tiny)
        engine = TorchEngine(Path(folder), cache=Path(folder), device=args.device, dtype="bfloat16", context=4096)
    model = engine._model.model
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    read = weights - model.get_input_embeddings().weight.nbytes  # of the embedding one row a token is read
    speed = bandwidth(args.device)
    words = [f"w{(7 * at) % 499}" for at in range(args.prompt)]
    prompt = engine._model.tokenizer(" ".join(words)).input_ids
    result: dict[str, Any] = {"ran": True, "device": engine.device, "weight_bytes": weights, "copy_bytes_per_s": speed}
    for batch in BATCHES:
        sides = {
            "cocreate": ours(engine, " ".join(words), batch, args.tokens),
            "transformers": theirs(model, prompt, batch, args.tokens),
        }
        seconds: dict[str, list[float]] = {side: [] for side in sides}
        for at in range(args.rounds + 1):
            for side, run in sides.items():
                took = timed(run, args.device)
                if at:
                    seconds[side].append(took)
        rates = {side: [batch * args.tokens / one for one in took] for side, took in seconds.items()}
        limit = batch * speed / read
        result[f"batch {batch}"] = {
            "limit_tokens_per_s": round(limit, 1),
            **{side: summary(rate, limit) for side, rate in rates.items()},
            "cocreate_over_transformers": round(
                statistics.median(rates["cocreate"]) / statistics.median(rates["transformers"]), 3
            ),
        }
    return result


def summary(rates: list[float], limit: float) -> dict[str, float]:
    """Tokens a second of all streams together, reading the prompt included."""
    middle = statistics.median(rates)
    return {
        "tokens_per_s": round(middle, 1),
        "least": round(min(rates), 1),
        "most": round(max(rates), 1),
        "of_limit": round(middle / limit, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--prompt", type=int, default=400, help="tokens of the prompt")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a small model, to see that the script works")
    args = parser.parse_args()
    import torch

    if args.device == "cuda" and not torch.cuda.is_available():
        print(json.dumps({"ran": False, "why": "PyTorch sees no CUDA GPU on this machine"}))
        return
    print(json.dumps(measure(args), indent=2))


if __name__ == "__main__":
    main()
