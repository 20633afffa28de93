"""A tuning as it runs: the two curves, how long it takes, and how it ended."""

from __future__ import annotations

from textual.content import Content

from tui import wording
from tui.view_model import StudioState
from tui.voice_state import Tuning
from tui.widgets import plot, voice_rows
from tui.widgets.flow import Flow, hang
from tui.widgets.plot import Curve
from tui.widgets.scorecard import EMPTY, FULL

FAINT = "$foreground 60%"


class TuningView(Flow):
    """Redrawn when the tuning moved on."""

    def __init__(self, state: StudioState) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Content]:
        """What it learns from, the bar, the curves; or the end."""
        tuning = self._state.voice.tuning
        if tuning is None:
            return []
        room = (self.parent.size.height if self.parent else 0) or 14  # type: ignore[attr-defined]  # a widget
        head = _head(tuning, width)
        tail = _tail(tuning, width)
        return [*head, Content(""), *curves(tuning, width, max(4, min(12, room - len(head) - len(tail) - 4))),
                Content(""), *tail]  # fmt: skip


def _head(tuning: Tuning, width: int) -> list[Content]:
    begun = tuning.started
    if begun is None:
        return hang(Content.styled("It is being prepared.", FAINT), width) if tuning.running else []
    facts = (f"{wording.counted(begun.works, 'work')}, {begun.tokens:,} tokens to learn from, {begun.held_out:,} held "
             f"out to check, {voice_rows.METHODS.get(begun.method, begun.method)}")  # fmt: skip
    facts += f" of rank {begun.rank}" if begun.rank else ""
    return hang(Content.styled(facts + (", gone on from a checkpoint" if begun.continued else ""), FAINT), width)


def curves(tuning: Tuning, width: int, height: int) -> list[Content]:
    """Loss on what it learns from and on what it has not seen, with their names."""
    learning = Curve("learning", tuning.training, "$primary")
    unseen = Curve("unseen works", tuning.validation, "$success")
    shown = plot.plot([learning, unseen], min(width, 100), height, tuning.end)
    if not shown:
        return []
    names = Content.assemble(
        ("      loss while learning", "$primary"), ("   on works it has not seen", "$success"),
        ("   lower is better", FAINT),
    )  # fmt: skip
    return [*shown, *hang(names, width)]


def _tail(tuning: Tuning, width: int) -> list[Content]:
    if tuning.finished is not None:
        return _finished(tuning, width)
    if not tuning.running:
        return hang(Content.assemble((tuning.sentence, "$error"), " ", tuning.next_step), width)
    last = tuning.last
    if last is None and tuning.started is None:
        return []
    if last is None:
        return hang(Content.styled("The model is measured as it is; then it learns.", FAINT), width)
    full = round(min(1.0, tuning.share) * 20)
    figures = f"  step {last.step} of {last.steps}   loss {last.loss:.2f}"
    figures += f"   best on unseen {last.best:.2f}" if last.best is not None else ""
    bar = Content.assemble((FULL * full + EMPTY * (20 - full), "$primary"), figures)
    if tuning.stopping:
        how = "Stopping: the best so far becomes the voice."
    elif last.waiting:
        how = "Waiting while your turn runs."
    else:
        how = f"About {wording.seconds(last.left)} to go, {wording.seconds(last.seconds)} so far."
    return [
        *hang(bar, width),
        *hang(Content.styled(how, "$warning" if last.waiting or tuning.stopping else FAINT), width),
    ]


def _finished(tuning: Tuning, width: int) -> list[Content]:
    if tuning.finished is None:
        return []
    voice = tuning.finished.voice
    ended = "Stopped early; the best was kept." if tuning.finished.stopped else "Done."
    lines = hang(
        Content.assemble((ended, "$success"), f" The voice {voice.name}, version {voice.version}, is ready."), width
    )
    better = voice.perplexity_after < voice.perplexity_before
    gain = f"{voice_rows.gain(voice.perplexity_before, voice.perplexity_after)} on works it has not seen"
    lines += hang(Content.styled(gain, "bold $success" if better else "$warning"), width)
    facts = f"{voice.tokens:,} tokens, {wording.size(voice.bytes)}, for {voice.base_model} ({voice.base_hash[:12]})"
    lines += hang(Content.styled(facts, FAINT), width)
    titles = [work.title for work in voice.works if work.title]
    if titles:
        more = f" and {len(titles) - 6} more" if len(titles) > 6 else ""
        lines += hang(Content.styled(f"tuned on {', '.join(titles[:6])}{more}", FAINT), width)
    return lines
