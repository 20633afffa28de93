"""What `/ideas` does, and what becomes of the idea that the writer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.spans import is_chinese
from cocreate import commands as cmd
from tui.view_model import TurnState

if TYPE_CHECKING:
    from tui.screens.studio import StudioScreen


class IdeasDoing:
    """One per main screen; opens the panel and writes from the idea it gives back."""

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen

    def run(self, theme: str) -> None:
        """Find ideas for a theme, beside those that are kept for it; without a theme, the list of last time."""
        state, client = self._screen.state.ideas, self._screen.client
        if theme.strip():
            state.begin(theme.strip())
            client.send(cmd.FindIdeas(theme.strip(), more=True))
        elif state.ideas is None and not state.asking:
            state.begin(state.theme)
            client.send(cmd.ListIdeas())
        self._open()

    def from_turn(self, turn: TurnState, place: int) -> None:
        """Push the directions of a turn further, the one at `place` first."""
        if not turn.directions or turn.brief is None:
            self._screen.say("There are no directions here to push further.")
            return
        brief, state = turn.brief, self._screen.state.ideas
        theme = brief.theme or brief.request
        language = brief.language if brief.language in ("en", "zh") else ""
        state.begin(theme, language)
        self._screen.client.send(cmd.KeepIdeas(theme, turn.directions, language))
        picked = turn.directions[place].text if place < len(turn.directions) else ""
        self._open(picked)

    def _open(self, text: str = "") -> None:
        from tui.screens.ideas import IdeasPanel

        screen = self._screen
        screen.app.push_screen(IdeasPanel(screen.client, screen.state.ideas, text), self._taken)

    def _taken(self, idea: str | None) -> None:
        """An idea goes on as the direction of a turn that waits for one, else into the composer."""
        screen = self._screen
        screen.refresh_state()
        if not idea:
            return
        waiting = screen.state.active()
        if waiting is not None and waiting.phase == "waiting":
            screen.client.send(cmd.Choose(waiting.id, own=idea))
            screen.transcript.follow()
        else:
            typed = screen.composer.text.strip()
            asked = asking_for(screen.state.ideas.theme, idea)
            screen.composer.put(f"{typed}\n{asked}" if typed else asked)
        screen.composer.focus()


def asking_for(theme: str, idea: str) -> str:
    """A message that asks for a text from an idea; the writer may change it before it is sent."""
    if is_chinese(idea):
        return f"写一首关于{theme}的诗：{idea}" if theme else f"写一首诗：{idea}"
    return f"a poem about {theme}: {idea}" if theme else f"a poem about {idea}"
