"""The shape of a reader's surprise over a text. Machine prose is evenly likely, people's is not.

Sources: entropy against log-probability (Bao et al. 2023, Fast-DetectGPT, arXiv 2310.05130); ranks (Gehrmann et al.
2019, GLTR); evenness of information (Meister et al. 2021, arXiv 2109.11635).
"""

from __future__ import annotations

import re

import numpy as np

from agents.critique.features.reading import Reading

_END = re.compile(r"[.!?][\"”’']?\s|\n")


def surprise(text: str, reading: Reading) -> dict[str, float]:
    """Numbers of one reading; all 0 for fewer than four tokens."""
    logs, doubts, ranks = reading.logprobs, reading.entropies, reading.ranks
    if len(logs) < 4:
        logs = doubts = ranks = np.zeros(4)
    gap = logs + doubts
    parts = _part_means(text, reading) if len(reading.logprobs) >= 4 else [0.0]
    half = len(logs) // 2
    mixed = logs.std() > 0 and doubts.std() > 0
    quantiles = np.quantile(logs, (0.05, 0.1, 0.25, 0.5, 0.75))
    return {
        "mean": float(logs.mean()),
        "doubt": float(doubts.mean()),
        "gap": float(gap.mean()),
        "gap_spread": float(gap.std()),
        "curvature": float(gap.mean() / np.sqrt(gap.var() + 1e-6)),
        "spread": float(logs.std()),
        "doubt_spread": float(doubts.std()),
        "agreement": float(np.corrcoef(-logs, doubts)[0, 1]) if mixed else 0.0,
        "rank": float(ranks.mean()),
        "top_1": float((ranks < 0.1).mean()),
        "top_10": float((ranks < np.log1p(10)).mean()),
        "top_100": float((ranks < np.log1p(100)).mean()),
        "top_1000": float((ranks < np.log1p(1000)).mean()),
        "below_6": float((logs < -6).mean()),
        "below_10": float((logs < -10).mean()),
        "worst": float(np.sort(logs)[:5].mean()),
        "jumps": float(np.abs(np.diff(logs)).mean()),
        "slope": float(logs[half:].mean() - logs[:half].mean()),
        "part_low": float(min(parts)),
        "part_high": float(max(parts)),
        "part_spread": float(np.std(parts)),
        **{f"q{name}": float(value) for name, value in zip((5, 10, 25, 50, 75), quantiles, strict=True)},
    }


def _part_means(text: str, reading: Reading) -> list[float]:
    """Mean log-probability of each sentence or line of three tokens or more."""
    ends = [match.end() for match in _END.finditer(text)] + [len(text) + 1]
    place = np.searchsorted(ends, reading.offsets[:, 0], side="right")
    means = [float(reading.logprobs[place == at].mean()) for at in np.unique(place) if (place == at).sum() > 2]
    return means or [float(reading.logprobs.mean())]
