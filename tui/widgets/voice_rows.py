"""Voices, the dial and a piece's choice as lines of text. Pure functions of data and width."""

from __future__ import annotations

from textual.content import Content

from cocreate.voice_views import VoiceView
from tui import wording
from tui.voice_state import STRONGEST, Chosen, Tuning
from tui.widgets.flow import hang
from tui.widgets.scorecard import EMPTY, FULL

FAINT = "$foreground 60%"
METHODS = {"lora": "LoRA", "adalora": "AdaLoRA", "ia3": "IA3", "prefix": "prefix tuning"}


def gain(before: float, after: float) -> str:
    """Perplexity before and after, with the change in percent."""
    if before <= 0 or after <= 0:
        return ""
    change = 100 * (after / before - 1)
    return f"perplexity {before:.1f}, now {after:.1f} ({change:+.0f}%)"


def row(voice: VoiceView, chosen: Chosen, now: float, width: int) -> list[Content]:
    """Name and state, figures, and why it cannot be used now."""
    here = voice.name in [name for name, _ in mix_of(chosen.voice)]
    state = "   in this piece" if here else "" if voice.usable else "   not usable now"
    version = f"   version {voice.version} of {len(voice.versions)}" if len(voice.versions) > 1 else ""
    lines = hang(Content.assemble(
        (voice.name, "bold" if voice.usable else "$foreground 60%"), (state, "$success" if here else "$warning"),
        (version, FAINT),
    ), width)  # fmt: skip
    facts = [gain(voice.perplexity_before, voice.perplexity_after), f"{voice.tokens:,} tokens", of(voice.collection),
             METHODS.get(voice.method, voice.method), voice.base_model, wording.size(voice.bytes),
             wording.ago(voice.created_at, now)]  # fmt: skip
    lines += hang(Content.styled(", ".join(fact for fact in facts if fact), FAINT), width, "  ")
    forgotten = sum(work.forgotten for work in voice.works)
    if forgotten:
        said = f"It still knows {wording.counted(forgotten, 'forgotten work')}; t tunes it anew without."
        lines += hang(Content.styled(said, "$warning"), width, "  ")
    if not voice.usable and voice.why_not:
        lines += hang(Content.styled(voice.why_not, "$warning"), width, "  ")
    return lines


def of(collection: str | None) -> str:
    """The works a voice was tuned on."""
    return "of all works" if collection is None else f"of {collection}" if collection else "of works in no collection"


def mix_of(voice: str) -> list[tuple[str, float]]:
    """Parts of "noir*0.7+letters*0.3" with their weights; a single name weighs 1."""
    parts = []
    for part in voice.split("+"):
        name, star, weight = part.rpartition("*")
        if star and _number(weight) is not None:
            parts.append((name.strip(), _number(weight) or 0.0))
        elif part.strip():
            parts.append((part.strip(), 1.0))
    return parts


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def mix_text(parts: list[tuple[str, float]]) -> str:
    """The parts that weigh something, as a command writes them."""
    heard = [(name, weight) for name, weight in parts if weight > 0]
    if len(heard) == 1 and heard[0][1] == 1:
        return heard[0][0]
    return "+".join(f"{name}*{weight:g}" for name, weight in heard)


def said(chosen: Chosen) -> str:
    """The voice of a piece in words: "noir", "70% noir and 30% letters, dial 1.2"; "" for none."""
    parts = mix_of(chosen.voice)
    if not parts:
        return ""
    names = parts[0][0] if len(parts) == 1 and parts[0][1] == 1 else (
        " and ".join(f"{weight:.0%} {name}" for name, weight in parts))  # fmt: skip
    return names if chosen.strength == 1 else f"{names}, dial {chosen.strength:g}"


def dial(chosen: Chosen, width: int) -> list[Content]:
    """What the piece sounds like, and the dial between less and more."""
    if not chosen.voice:
        return hang(Content.styled("This piece is written without a voice. Enter on a voice chooses it.", FAINT), width)
    cells = round(STRONGEST * 10)
    full = max(0, min(cells, round(chosen.strength * 10)))
    bar = FULL * full + EMPTY * (cells - full)
    first = hang(Content.assemble("This piece: ", (said(Chosen(chosen.voice)), "bold $secondary")), width)
    return [*first, Content.assemble(
        ("- less like me  ", FAINT), (bar, "$primary"), (f" {chosen.strength:.1f}", "bold"),
        ("  more like me +", FAINT),
    )]  # fmt: skip


def weight_bar(name: str, weight: float, width: int, here: bool) -> Content:
    """One voice of a mix with its share."""
    full = max(0, min(10, round(weight * 10)))
    label = Content(name).truncate(max(8, width - 24), ellipsis=False)
    return Content.assemble(
        ("> " if here else "  ", "bold $primary"), label.stylize("bold") if here else label,
        " " * max(2, 22 - label.cell_length), (FULL * full + EMPTY * (10 - full), "$primary"), f" {weight:.1f}",
    )  # fmt: skip


def sign(tuning: Tuning | None) -> str:
    """A running tuning in a few words, for the status line; "" when none runs."""
    if tuning is None or not tuning.running:
        return ""
    if tuning.last is None:
        return f"tuning {tuning.name}"
    if tuning.last.waiting:
        return f"tuning {tuning.name} waits"
    return f"tuning {tuning.name} {tuning.share:.0%}"
