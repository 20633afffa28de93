"""Linear layers in 8-bit whole numbers, for CPUs that multiply those several times as fast as floats.

- A weight row (one output channel) and a token (one row of activations) have a scale each, found when they are needed:
  no data for calibration, and no token's numbers depend on its company.
- Products are summed in 32 bits, exactly: the numbers are the same on any number of threads.
- oneDNN's kernel, through PyTorch. It takes unsigned activations: zero is 128.
- SmolLM2-135M and MiniLM-L6 on an AVX512-VNNI core: 3.3 to 4 times as fast as float32, a quarter of the memory.
  `torch.ao.quantization.quantize_dynamic` has one scale for all tokens and was slower; signed activations run in
  oneDNN's reference code, 70 times slower.

Method: per-token, per-channel symmetric quantisation as in LLM.int8() (Dettmers et al. 2022, arXiv 2208.07339), without
its float columns.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_ZERO = 128
_HALF = _ZERO + 0.5
"""Zero and a half: cutting off what follows the point then rounds."""
_PARTS = 254.0
_LEAST = 1e-9
"""A row of zeros would have the scale 0."""


def able() -> bool:
    """Whether this CPU has the instructions; without them oneDNN's sums can overflow."""
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_vnni") or has.get("avx_vnni")) and bool(torch._C._has_mkldnn)


class Int8Linear(nn.Module):
    """y = x W^T + b with W and x rounded to 8 bits; x and y are float32. Inference only."""

    def __init__(self, weight: Tensor, bias: Tensor | None, *, fine: bool = False) -> None:
        """`weight`: (outputs, inputs) of any float format; `bias`: (outputs,) or None. `fine`: x in 16 bits, in twice
        the time, for inputs that are a few large numbers among many small ones."""
        super().__init__()
        rows, scales = rounded(weight)
        self.outputs = len(rows)
        self._fine = fine
        # Plain attributes: a packed weight is opaque, and neither .float() nor .to() may touch it.
        self._packed: Tensor = torch.ops.onednn.qlinear_prepack(rows, None)
        self._scales = scales
        self._zeros = torch.zeros(len(rows), dtype=torch.int64)
        self._bias = None if bias is None else bias.detach().float().clone()

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) float32 to (..., outputs) float32."""
        return self.of(Tokens(x.reshape(-1, x.shape[-1]), fine=self._fine)).reshape(*x.shape[:-1], self.outputs)

    def of(self, tokens: Tokens) -> Tensor:
        """As `forward`, of tokens that are rounded already: (T, outputs)."""
        made: Tensor = torch.ops.onednn.qlinear_pointwise(
            tokens.rows, 1.0, _ZERO, self._packed, self._scales, self._zeros, None,
            1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        if tokens.fine:
            made = made[: len(tokens.scales)].add_(made[len(tokens.scales) :], alpha=1 / _PARTS)
        return made.mul_(tokens.scales) if self._bias is None else torch.addcmul(self._bias, made, tokens.scales)


class Tokens:
    """(T, d) float32 rounded to 8 bits, row by row; several layers can read it."""

    def __init__(self, x: Tensor, *, fine: bool = False) -> None:
        # Twice read, but nothing written: sooner done than abs().
        largest = torch.maximum(x.amax(dim=1, keepdim=True), x.amin(dim=1, keepdim=True).neg_()).clamp_(min=_LEAST)
        self.scales = largest / 127.0
        """(T, 1)."""
        self.fine = fine
        """Whether what the rounding left over stands below the rows, in units of 1/254."""
        exact = x.mul(127.0 / largest).add_(_HALF)
        self.rows = exact.to(torch.uint8)
        """(T, d), or (2 T, d) if `fine`; 1 to 255."""
        if fine:
            rest = exact.sub_(self.rows).sub_(0.5).mul_(_PARTS).add_(_HALF).to(torch.uint8)
            self.rows = torch.cat((self.rows, rest))


class Int8Embedding(nn.Module):
    """A table of rows in 8 bits with a scale each; gives float32."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self._rows, self._scales = rounded(weight)

    def forward(self, ids: Tensor) -> Tensor:
        """(...) ids to (..., d)."""
        return self._rows[ids].float().mul_(self._scales[ids].unsqueeze(-1))


def rounded(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(n, d) of any float format to (n, d) int8 in -127..127 and (n,) float32 scales."""
    rows, scales = torch.empty(weight.shape, dtype=torch.int8), torch.empty(len(weight))
    for at in range(0, len(weight), 4096):  # a vocabulary in float32 at once would take 100 MB and more
        some = weight[at : at + 4096].detach().float()
        largest = some.abs().amax(dim=1, keepdim=True).clamp_(min=_LEAST)
        rows[at : at + 4096] = some.mul(127.0 / largest).round_().to(torch.int8)
        scales[at : at + 4096] = largest[:, 0] / 127.0
    return rows, scales
