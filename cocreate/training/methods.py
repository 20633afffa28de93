"""The kinds of adapter: how each is put on a model, and how it is saved so that the engines can run it.

AdaLoRA (Zhang et al. 2023, arXiv 2303.10512) learns W + (scale / rank) B diag(E) A and takes ranks away from layers
that need less; saved as it is, only peft can run it. Here diag(E) is folded into A when it is saved, the ranks it took
away are left out, and what lies on the disk is a plain LoRA. IA3 (2205.05638) and prefixes (2101.00190) have no such
form.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

from agents.errors import EngineFailed
from cocreate.training.adapter_files import CONFIG, WEIGHTS
from cocreate.training.base_model import MODULES
from cocreate.training.job import Method
from cocreate.training.recipe import Recipe

ENGINES: dict[Method, tuple[str, ...]] = {
    "lora": ("llamacpp", "torch", "server"),
    "adalora": ("llamacpp", "torch", "server"),
    "ia3": ("torch",),
    "prefix": ("torch",),
}
"""Which engines run an adapter of each method."""
ORTHOGONAL = 0.1
"""Weight of AdaLoRA's term that keeps its factors orthogonal (peft's orth_reg_weight is 0.5, its paper's .1)."""


def attach(model: Any, recipe: Recipe, steps: int, seed: int) -> Any:
    """Put a fresh adapter on a loaded model; its weights alone can be trained, in float32. Returns the peft model.

    Raises:
        EngineFailed: the model has none of the layers the method changes.
    """
    import torch
    from peft import get_peft_model

    torch.manual_seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that will go
            peft: Any = get_peft_model(model, _config(recipe, steps, model.config.get_text_config().num_hidden_layers))
    except ValueError as error:
        raise EngineFailed(
            f"{recipe.method} cannot be put on this model: {str(error).splitlines()[0][:160]}",
            "Tune with --method lora, or set another model with: cocreate config set model PATH",
        ) from error
    peft.train()
    return peft


def _config(recipe: Recipe, steps: int, layers: int) -> Any:
    from peft import AdaLoraConfig, IA3Config, LoraConfig, PrefixTuningConfig, TaskType

    names = sorted({module.split(".")[1] for module in MODULES})
    kind = TaskType.CAUSAL_LM
    if recipe.method == "ia3":
        changed = ["k_proj", "v_proj", "down_proj"]
        return IA3Config(task_type=kind, target_modules=changed, feedforward_modules=["down_proj"])
    if recipe.method == "prefix":
        return PrefixTuningConfig(task_type=kind, num_virtual_tokens=recipe.rank)
    if recipe.method == "adalora":
        return AdaLoraConfig(
            task_type=kind,
            target_modules=names,
            init_r=recipe.rank + recipe.rank // 2,
            target_r=recipe.rank,
            lora_alpha=recipe.alpha,
            tinit=max(1, steps // 6),
            tfinal=max(1, steps // 3),
            deltaT=max(1, steps // 40),
            total_step=max(4, steps),
        )
    upper = list(range(layers - max(1, round(layers * recipe.layers)), layers))
    return LoraConfig(
        task_type=kind,
        target_modules=names,
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        layers_to_transform=None if len(upper) == layers else upper,
    )


def begin(peft: Any, folder: Path) -> None:
    """Give a fresh LoRA the weights of the one in `folder`.

    Raises:
        EngineFailed: it is of another shape, or cannot be read.
    """
    from peft import set_peft_model_state_dict

    try:
        tensors = _read(folder / WEIGHTS)
        wanted = {name.replace(".default.", "."): value.shape for name, value in trained(peft).items()}
        if {name: value.shape for name, value in tensors.items()} != wanted:
            raise ValueError("its shape is another one")
        set_peft_model_state_dict(peft, tensors)
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineFailed(
            f"The adapter to begin with cannot be used: {str(error).splitlines()[0][:160]}.",
            "Name one that was tuned for this model with the same rank.",
        ) from error


def extra_loss(peft: Any) -> Any:
    """What AdaLoRA adds to the loss: ORTHOGONAL * ||P P^T - I||, the mean over its factors."""
    import torch

    terms = []
    for name, value in peft.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            product = value @ value.T if "lora_A" in name else value.T @ value
            terms.append(torch.linalg.norm(product - torch.eye(len(product), device=value.device)))
    return ORTHOGONAL * sum(terms) / len(terms)


def own_state(peft: Any, method: Method) -> dict[str, Any]:
    """What a method remembers from step to step, as tensors: AdaLoRA's averages of importance, its ranks once fixed."""
    if method != "adalora":
        return {}
    import torch

    allocator = peft.base_model.rankallocator
    found = {
        f"{kind} {name}": value
        for kind in ("ipt", "exp_avg_ipt", "exp_avg_unc")
        for name, value in getattr(allocator, kind).items()
    }
    kept = peft.peft_config["default"].rank_pattern or {}
    return found | {f"ranks {name}": torch.tensor(value) for name, value in kept.items()}


def restore_own(peft: Any, method: Method, kept: dict[str, Any]) -> None:
    """Give a method back what `own_state` took."""
    if method != "adalora":
        return
    allocator = peft.base_model.rankallocator
    ranks = {}
    for key, value in kept.items():
        kind, name = key.split(" ", 1)
        if kind == "ranks":
            ranks[name] = value.tolist()
        else:
            getattr(allocator, kind)[name] = value.to(peft.device)
    if ranks:
        peft.peft_config["default"].rank_pattern = ranks


def after_step(peft: Any, method: Method, step: int) -> None:
    """What a method does after each step (from 0): AdaLoRA takes away ranks. Call before gradients are cleared."""
    if method == "adalora":
        peft.base_model.update_and_allocate(step)


def trained(peft: Any) -> dict[str, Any]:
    """The weights of the adapter, by name; with AdaLoRA, they all say how much is left of each rank."""
    return {name: value for name, value in peft.named_parameters() if value.requires_grad}


def weakened(weights: dict[str, Any], strength: float) -> dict[str, Any]:
    """LoRA weights whose change of the model is `strength` times as large."""
    return {name: value * strength if "lora_B" in name else value for name, value in weights.items()}


def save(peft: Any, recipe: Recipe, weights: dict[str, Any], base: Path, folder: Path) -> int:
    """Write the adapter with `weights` into `folder` as peft reads it, weights in half precision; return their bytes.

    The file names the base model, not its folder on this machine's disk.
    """
    import torch

    with torch.no_grad():
        for name, value in trained(peft).items():
            value.copy_(weights[name])
    if recipe.method == "adalora":
        tensors, rank = _folded(peft)
        plain: Any = _plain_lora(rank)
        plain.save_pretrained(folder)
    else:
        peft.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)  # a model card that peft leaves blank; ours is card.json
        tensors = _read(folder / WEIGHTS)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | {"base_model_name_or_path": base.name}
    (folder / CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True), encoding="utf-8")
    _write(tensors, folder / WEIGHTS)
    for path in folder.iterdir():
        path.chmod(0o600)
    return (folder / WEIGHTS).stat().st_size


def _plain_lora(rank: int) -> Any:
    """The configuration of a LoRA of scale 1 on all linear layers."""
    from peft import LoraConfig

    names = sorted({module.split(".")[1] for module in MODULES})
    return LoraConfig(task_type="CAUSAL_LM", target_modules=names, inference_mode=True, r=rank, lora_alpha=rank)


def _folded(peft: Any) -> tuple[dict[str, Any], int]:
    """AdaLoRA's factors as those of a plain LoRA of scale 1, every layer padded with zeros to the largest rank; it."""
    import torch

    pairs: dict[str, tuple[Any, Any]] = {}
    with torch.no_grad():
        for name, module in peft.named_modules():
            if not hasattr(module, "lora_E") or "default" not in module.lora_E:
                continue
            e = module.lora_E["default"]  # (rank, 1)
            kept = (e.flatten() != 0).nonzero().flatten()
            a = (module.lora_A["default"] * e)[kept]
            scale = float(module.scaling["default"]) / (float(module.ranknum["default"]) + 1e-5)
            pairs[name] = (a, module.lora_B["default"][:, kept] * scale)
        rank = max(1, *(len(a) for a, _ in pairs.values()))
        tensors = {}
        for name, (a, b) in pairs.items():
            missing = rank - len(a)
            tensors[f"{name}.lora_A.weight"] = torch.nn.functional.pad(a, (0, 0, 0, missing))
            tensors[f"{name}.lora_B.weight"] = torch.nn.functional.pad(b, (0, missing))
    return tensors, rank


def _read(path: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(path))


def _write(tensors: dict[str, Any], path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    half = {name: value.detach().cpu().to(torch.float16).contiguous() for name, value in tensors.items()}
    save_file(half, path, metadata={"format": "pt"})
    with path.open("rb") as file:
        os.fsync(file.fileno())
