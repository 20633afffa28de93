"""transformers with the real default model: scores, and the same words as llama.cpp writes."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.contracts import Chunk, Message, Request, Sampling
from agents.errors import AdapterRefused, EngineFailed, PromptTooLong
from cocreate.engines.llamacpp import LlamaCppEngine
from cocreate.engines.torch_engine import TorchEngine
from cocreate.engines.torch_score import TorchScorer

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0, min_p=0, repeat_penalty=1, dry_multiplier=0)
CHAT = (Message("system", "You are a poet."), Message("user", "Write a poem about autumn rain in a quiet courtyard."))
FLUENT = (
    "The rain had stopped by the time she reached the courtyard, and the stones were dark and shining. "
    "Somebody had left a lamp burning in the window."
)


@pytest.fixture(scope="module")
def torch_engine(writer_path: Path, model_cache: Path) -> Iterator[TorchEngine]:
    """In float32 on the CPU, where a batch does not change what a request gets."""
    engine = TorchEngine(writer_path, cache=model_cache, device="cpu", dtype="float32", context=512, name="SmolLM2")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def scorer(writer_path: Path, model_cache: Path) -> TorchScorer:
    return TorchScorer(writer_path, cache=model_cache, device="cpu")


def texts_of(engine: TorchEngine, *requests: Request) -> list[str]:
    texts = [""] * len(requests)
    ends = [""] * len(requests)
    for chunk in engine.generate(requests, threading.Event()):
        assert not ends[chunk.index]
        texts[chunk.index] += chunk.text
        ends[chunk.index] = chunk.finish
    assert all(ends)
    return texts


def mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)


def test_a_fluent_sentence_is_likelier_than_its_words_shuffled(scorer: TorchScorer) -> None:
    words = FLUENT.split()
    random.Random(1).shuffle(words)
    fluent, shuffled = scorer.score([FLUENT, " ".join(words)])
    assert mean(fluent.logprobs) > mean(shuffled.logprobs) + 1.0


def test_a_text_has_the_same_scores_alone_and_in_any_company(scorer: TorchScorer) -> None:
    texts = ["Rain.", FLUENT, "秋雨落在院子里。", FLUENT * 3]
    together = scorer.score(texts)
    assert [scorer.score([text])[0] for text in texts] == together
    assert scorer.score(texts[::-1])[::-1] == together


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_the_number_of_threads_does_not_change_a_score(dtype: str, writer_path: Path, model_cache: Path) -> None:
    import torch

    before, scores = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            engine = TorchEngine(writer_path, cache=model_cache, device="cpu", dtype=dtype, threads=threads)
            scores.append(engine.score([FLUENT, "Rain."]))
            engine.close()
    finally:
        torch.set_num_threads(before)
    assert scores[0] == scores[1] == scores[2]


def test_every_character_belongs_to_a_token_and_spans_are_in_order(scorer: TorchScorer) -> None:
    for text in (FLUENT, "秋雨 😀 落在院子里。\n\n灯还亮着。", "a <|im_end|> b"):
        scores = scorer.score([text])[0]
        assert len(scores.offsets) == len(scores.logprobs)
        assert all(value <= 0 for value in scores.logprobs)
        covered = {at for start, end in scores.offsets for at in range(start, end)}
        assert covered == set(range(len(text)))
        assert list(scores.offsets) == sorted(scores.offsets)


def test_an_empty_text_has_empty_scores(scorer: TorchScorer) -> None:
    empty = scorer.score([""])[0]
    assert (empty.offsets, empty.logprobs) == ((), ())


def test_a_text_longer_than_the_window_is_scored_with_context(scorer: TorchScorer) -> None:
    text = FLUENT * 4
    whole = scorer._readers.score([text], window=512)[0]
    cut = scorer._readers.score([text], window=64)[0]
    assert cut.offsets == whole.offsets
    assert len(cut.logprobs) == len(whole.logprobs) > 64
    assert cut.logprobs[:63] == pytest.approx(whole.logprobs[:63], abs=0.3)  # the first window sees the same
    assert mean(cut.logprobs) < mean(whole.logprobs)  # less context, more surprise in a text that repeats itself


def test_the_folder_made_from_the_gguf_is_made_once(writer_path: Path, model_cache: Path) -> None:
    from cocreate.engines.torch_weights import hf_folder

    folder = hf_folder(writer_path, model_cache)
    changed = (folder / "model.safetensors").stat().st_mtime_ns
    assert hf_folder(writer_path, model_cache) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == changed
    assert not list(folder.parent.glob(".make-*"))


def test_greedy_agrees_with_llama_cpp_on_prompt_and_first_words(
    torch_engine: TorchEngine, llama: LlamaCppEngine
) -> None:
    request = Request(CHAT, prefill="Rain", max_tokens=10, sampling=GREEDY)
    assert tuple(torch_engine._model.prompt(CHAT, "Rain")) == llama._jobs([request])[0].tokens
    ours = texts_of(torch_engine, request)[0]
    theirs = "".join(chunk.text for chunk in llama.generate([request], threading.Event()))
    assert ours.split()[:5] == theirs.split()[:5]


def test_tokens_are_counted_as_llama_cpp_counts_them(torch_engine: TorchEngine, llama: LlamaCppEngine) -> None:
    for text in (
        FLUENT,
        "hello 2024 wörld",
        "秋天的雨，落在\n\n院子里。😀",
        "  def f(x):\n\treturn 3.14",
        "<|im_end|>",
    ):
        assert torch_engine.count_tokens(text) == llama.count_tokens(text), text


def test_a_request_gets_the_same_text_alone_and_in_a_batch(torch_engine: TorchEngine) -> None:
    requests = (
        Request(CHAT, max_tokens=12, sampling=GREEDY),
        Request((Message("user", "Name a colour."),), max_tokens=8, seed=5),
        Request(CHAT, max_tokens=12, seed=6, prefill="The"),
    )
    assert texts_of(torch_engine, *requests) == [texts_of(torch_engine, request)[0] for request in requests]


def test_seeds_differ_and_repeat(torch_engine: TorchEngine) -> None:
    one, two, again = texts_of(torch_engine, *(Request(CHAT, max_tokens=10, seed=seed) for seed in (1, 2, 1)))
    assert one == again != two


def test_stop_ends_within_a_token_and_the_partial_stays(torch_engine: TorchEngine) -> None:
    stop, texts, finishes = threading.Event(), ["", ""], {}
    for count, chunk in enumerate(torch_engine.generate([Request(CHAT, max_tokens=200, seed=s) for s in (1, 2)], stop)):
        assert not (stop.is_set() and chunk.text)
        texts[chunk.index] += chunk.text
        if chunk.finish:
            finishes[chunk.index] = chunk.finish
        if count == 9:
            stop.set()
    assert finishes == {0: "stopped", 1: "stopped"}
    assert all(texts)


def test_words_to_be_left_out_are_not_drawn_in_their_own_request_alone(torch_engine: TorchEngine) -> None:
    free, bound = (
        Request((), prefill="One, two, three, four,", max_tokens=4, sampling=GREEDY, without=words)
        for words in ((), ("five",))
    )
    said, left_out = texts_of(torch_engine, free, bound)
    assert said.strip().startswith("five")
    assert "five" not in left_out.lower()
    assert left_out.strip()


def test_the_reply_ends_before_a_stop_string(torch_engine: TorchEngine) -> None:
    request = Request((), prefill="One, two, three, four,", max_tokens=20, sampling=GREEDY, stop=("six",))
    text = texts_of(torch_engine, request)[0]
    assert text.strip().startswith("five")
    assert "six" not in text


def test_characters_of_several_tokens_come_out_whole(torch_engine: TorchEngine) -> None:
    request = Request((), prefill="秋天的雨 😀 秋天的雨 😀 秋天的雨 😀", max_tokens=14, sampling=GREEDY)
    chunks = [chunk.text for chunk in torch_engine.generate([request], threading.Event())]
    assert "雨" in "".join(chunks)
    assert "\ufffd" not in "".join(chunks)


def test_too_long_a_prompt_and_an_unknown_adapter_are_refused(torch_engine: TorchEngine, tmp_path: Path) -> None:
    with pytest.raises(PromptTooLong, match="512"):
        texts_of(torch_engine, Request((Message("user", "rain " * 600),)))
    with pytest.raises(EngineFailed, match="voice/ann"):
        texts_of(torch_engine, Request(CHAT, adapter="voice/ann"))
    with pytest.raises(AdapterRefused):
        torch_engine.add_adapter("voice/ann", str(tmp_path))


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft, when the test makes one
def test_adapters_are_chosen_per_row_and_leave_the_base_alone(
    writer_path: Path, model_cache: Path, tmp_path: Path
) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    maker = TorchEngine(writer_path, cache=model_cache, device="cpu", dtype="float32", context=256)
    tuned = get_peft_model(maker._model.model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"]))
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    tuned.save_pretrained(tmp_path / "adapter")
    maker.close()

    engine = TorchEngine(writer_path, cache=model_cache, device="cpu", dtype="float32", context=256)
    plain = Request(CHAT, max_tokens=8, sampling=GREEDY)
    before, scores = texts_of(engine, plain)[0], engine.score([FLUENT])
    engine.add_adapter("voice/ann", str(tmp_path / "adapter"))
    assert engine.adapters == ("voice/ann",)
    base, voiced = texts_of(engine, plain, Request(CHAT, max_tokens=8, sampling=GREEDY, adapter="voice/ann"))
    assert base == before != voiced
    assert mean(engine.score([FLUENT])[0].logprobs) == pytest.approx(mean(scores[0].logprobs), abs=1e-4)
    engine.remove_adapter("voice/ann")
    assert engine.adapters == ()
    assert texts_of(engine, plain)[0] == before
    engine.close()


def last_chunks(engine: TorchEngine, *requests: Request) -> dict[int, Chunk]:
    chunks = engine.generate(requests, threading.Event())
    return {chunk.index: chunk for chunk in chunks if chunk.finish}


def test_what_prompts_begin_with_is_read_once_and_changes_no_word(torch_engine: TorchEngine) -> None:
    requests = [Request(CHAT, prefill=begun, max_tokens=8, sampling=GREEDY) for begun in ("", "Rain", "The old house")]
    together = texts_of(torch_engine, *requests)
    assert together == [texts_of(torch_engine, request)[0] for request in requests]
    costs = last_chunks(torch_engine, *requests)
    assert costs[0].prompt_tokens == len(torch_engine._model.prompt(CHAT, ""))
    assert [costs[at].cached_tokens for at in range(3)] == [0, costs[0].prompt_tokens - 1, costs[0].prompt_tokens - 1]
    apart = last_chunks(torch_engine, requests[0], Request((), prefill="Once upon a time", max_tokens=2))
    assert [apart[at].cached_tokens for at in range(2)] == [0, 0]


def test_a_cancelled_request_ends_alone_within_a_token(torch_engine: TorchEngine) -> None:
    cancel, texts, finishes = threading.Event(), ["", ""], {}
    requests = [Request(CHAT, max_tokens=12, seed=1, cancel=cancel), Request(CHAT, max_tokens=12, seed=2)]
    for chunk in torch_engine.generate(requests, threading.Event()):
        assert not (cancel.is_set() and chunk.index == 0 and chunk.text)
        texts[chunk.index] += chunk.text
        if chunk.finish:
            finishes[chunk.index] = chunk.finish
        if texts[0]:
            cancel.set()
    assert finishes == {0: "stopped", 1: "length"}
    assert texts[1] == texts_of(torch_engine, Request(CHAT, max_tokens=12, seed=2))[0]
    assert texts_of(torch_engine, requests[0]) == [""]  # cancelled before it began


def test_a_grammar_is_refused_with_the_engine_that_knows_it(torch_engine: TorchEngine) -> None:
    with pytest.raises(EngineFailed, match="grammar") as refused:
        texts_of(torch_engine, Request(CHAT, grammar='root ::= "yes" | "no"'))
    assert "llamacpp" in refused.value.next_step


def test_the_engine_says_where_it_runs(torch_engine: TorchEngine, scorer: TorchScorer) -> None:
    assert re.fullmatch(r"CPU, float32, \d+ threads?", torch_engine.device)
    assert re.fullmatch(r"CPU, (int8|bfloat16|float32), \d+ threads?", scorer.device)
