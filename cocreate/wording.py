"""Numbers in words a person reads. Pure."""

from __future__ import annotations


def size(count: int) -> str:
    """Bytes: "91.7 MB"."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 work", "2 works"."""
    return f"{number} {one if number == 1 else many or one + 's'}"
