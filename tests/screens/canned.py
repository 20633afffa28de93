"""A client that replays events, so that the screen's tests need no studio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agents.contracts import Brief, Copied, Direction, Evidence, Length, LineHeat, Score, Scorecard
from cocreate import commands as cmd
from cocreate import events as ev
from cocreate.settings import Settings
from cocreate.voice_views import EditPair, TunedOn, VoiceView
from memory.records import Hit, Passage, Work
from memory.voice_card import Trait, VoiceCard

POEMS = (
    "Rain comes late to the courtyard,\nthe stones remember summer's heat.\nA bucket fills by the well,\n"
    "nobody hurries to move it.\n\nLeaves lie flat on the steps\nlike letters no one opens.\n"
    "The gate leans on its hinge\nand listens, and listens.",
    "Autumn rain in the quiet yard,\na grey cat under the cart.\nThe roof tells the same story\nto every gutter.\n\n"
    "I left the lamp unlit\nto hear the dark come in.\nIt came with wet shoes\nand sat beside me.",
    "The courtyard holds its breath.\nRain, then no rain, then rain.\nThe persimmon lets go of one fruit.\n"
    "The sound is larger than the fruit.\n\nGrandmother's broom by the door\nhas swept all it will sweep.\n"
    "Water finds the old paths\nbetween the bricks.",
    "Quiet, quiet, the autumn rain,\nthe rain upon the window pane.\nThe courtyard dreams of sun again,\n"
    "of sun and bees and golden grain.\n\nBut rain is all the sky will say,\na gentle word for all the day.\n"
    "The stones are dark, the walls are grey,\nand autumn has come here to stay.",
)
BRIEF = Brief(
    request="a poem about autumn rain in a quiet courtyard", kind="poem", theme="autumn rain in a quiet courtyard",
    mood="quiet", form="free verse", language="en", length=Length(8, "lines"),
)  # fmt: skip
DIRECTIONS = (
    Direction("d1", "A bucket by the well fills drop by drop while the house pretends to be empty.", 7.9, 8.1),
    Direction("d2", "Someone leaves the lamp unlit to hear the dark come in with wet shoes.", 7.1, 8.8),
    Direction("d3", "A single persimmon falls; the whole yard listens to it.", 8.3, 7.4),
    Direction("d4", "The rain reads aloud the letters that the leaves have become.", 6.9, 8.0),
)


def scorecard(novelty: float, fluency: float, theme: float, text: str) -> Scorecard:
    """A scorecard with a piece of evidence in the first line."""
    first = text.split("\n")[0]
    return Scorecard(
        novelty=Score(novelty, (Evidence(0, len(first), "This line is close to a stock phrase.", first, weight=0.8),),
                      f"Try to turn “{first}” around."),
        fluency=Score(fluency, (), "It reads well aloud."),
        theme_fit=Score(theme, (Evidence(len(first) + 1, len(first) + 12, "The theme is named here."),), ""),
        overall=round((novelty + fluency + theme) / 3, 1),
    )  # fmt: skip


def full_scorecard(text: str) -> Scorecard:
    """A scorecard with everything a critic can say; the heat rises from line to line in surprise and falls in theme."""
    lines = [line for line in text.split("\n") if line]
    spans = [(text.index(line), text.index(line) + len(line)) for line in lines]
    last = max(1, len(lines) - 1)
    heat = tuple(LineHeat(a, b, n / last, 1 - n / last, 0.5) for n, (a, b) in enumerate(spans))
    craft = Evidence(*spans[-1], "The last line names no thing that can be seen.", lines[-1], weight=0.5)
    nth = [spans[n % len(spans)] for n in range(4)]
    near = Evidence(*nth[1], "This line comes near to one of yours.", "rain on old stones", "Well water", 0.9)
    card = scorecard(6.0, 7.0, 8.0, text)
    return replace(
        card, novelty=replace(card.novelty, evidence=(*card.novelty.evidence, near)), overall=6.4, low=3.9, high=8.2,
        craft=Score(6.1, (craft,), f"Put a thing in place of “{lines[-1]}”."),
        emotion=Score(5.4, (Evidence(0, 0, "Longing, as you asked for."),), ""), heat=heat,
        why=(("concrete words", 0.8), ("the first line is a stock phrase", -0.6), ("rhythm", 0.02)),
        limits=("No reader of this kind of poem was asked.",),
        copied=(Copied(*nth[2], 14, "Well water", lines[2 % len(spans)]),),
        flagged=(Evidence(*nth[3], "“damn” is on the list for children.", "damn"),),
    )  # fmt: skip


WORKS = (
    Work("w1", "Well [water]", "poem", "en", "/works/well.txt", 900, 3, 0.0, collection="my noir", written="2021-05"),
    Work("w2", "井边的秋天：一首题目很长很长的诗", "poem", "zh", "/works/井.txt", 320, 2, 0.0, version=2),
    Work("w3", "The Ferry", "story", "en", "/works/ferry.docx", 9000, 30, 0.0, collection="letters", written="2023"),
    Work("w4", "An old poem", "poem", "en", "/works/old.txt", 420, 0, 0.0, reference=True),
)
NOIR = VoiceView(
    "noir", 2, (1, 2), "my noir", "lora", "SmolLM2-135M", "ab" * 32, True, "", 4_800_000, 1_000_000.0, 28_100,
    41.2, 30.8, (TunedOn("w1", "00", "Well [water]"), TunedOn("w9", "00", "", forgotten=True)),
)  # fmt: skip
LETTERS = replace(NOIR, name="letters", version=1, versions=(1,), collection="letters", works=())
OLD = replace(LETTERS, name="旧", usable=False, why_not="It was tuned for another model.", base_model="Qwen3 1.7B")
VOICES = (NOIR, LETTERS, OLD)
EDITS = (
    EditPair("k1", "Autumn rain", "The rain is soft\nand I am sad", "Rain on the roof\nand I am sad", 1e6, True),
    EditPair("k2", "井边", "秋雨落在安静的院子里", "秋雨敲着安静的石头", 1e6, False),
)
TRAITS = (
    Trait("sentence length", 14.2, "words", 19.0, (1, 4, 9, 14, 22, 30, 9, 2), ("The well was dry.", "Nobody came.")),
    Trait("dashes", 9.1, "of 1,000 words", 3.0),
    Trait("favourite words", 12, "above common use", None, (), ("well", "persimmon", "柿子")),
)
CARD = VoiceCard("my noir", "en", 12, 30412, TRAITS, "Short lines and things one can touch.")
DRAFT_CARD = VoiceCard("this draft", "en", 0, 84, (replace(TRAITS[0], value=7.1),), "", 0.42)
SCORES = ((7.2, 8.4, 8.8), (8.6, 8.1, 6.9), (8.1, 8.6, 8.9), (4.2, 7.5, 7.7))
READY = ev.StudioReady("llamacpp SmolLM2-135M", "CPU", ("en",), 3, 2.4)


def hit(text: str = "The yard keeps the rain longer than the street.", title: str = "Well water") -> Hit:
    """A recalled passage."""
    return Hit(Passage(1, "w1", 0, 0, len(text), text), title, "/works/well.txt", 0.61)


def take(number: int, status: ev.TakeStatus = "offered", turn: str = "t1", piece: str = "p1") -> ev.TakeView:
    """One of the four poems as a take."""
    text = POEMS[number - 1]
    return ev.TakeView(
        f"take{number}", piece, turn, "", text, "drafting", status, DIRECTIONS[number - 1].text,
        scorecard(*SCORES[number - 1], text), "stop", 1_000_000.0,
    )  # fmt: skip


def piece(number: int = 1, title: str = "Autumn rain", turns: int = 1) -> ev.PieceView:
    """A piece."""
    return ev.PieceView(f"p{number}", title, "poem", "take3", "The courtyard holds its breath.", 4, turns, 1_000_000.0)


def past_turn(number: int, piece_id: str = "p1", status: ev.TurnStatus = "finished") -> ev.TurnView:
    """A turn as it comes from disk."""
    taken = tuple(
        ev.TakeView(f"k{number}.{n}", piece_id, f"h{number}", "", f"turn {number}\n{POEMS[n]}", "drafting",
                    "kept" if n == 0 else "offered", "", None, "stop", 1_000_000.0) for n in range(2)
    )  # fmt: skip
    return ev.TurnView(f"h{number}", piece_id, number, f"message {number}", status, BRIEF, DIRECTIONS, ("d1",), (),
                       taken, "", 1_000_000.0)  # fmt: skip


def opening(turn: str = "t1", request: str = BRIEF.request) -> list[ev.Event]:
    """A turn up to the directions."""
    return [
        ev.TurnStarted(turn, "p1", request),
        ev.StepStarted(turn, "understand"),
        ev.BriefUnderstood(turn, BRIEF),
        ev.StepStarted(turn, "recall"),
        ev.PassagesRecalled(turn, (hit(),), 3),
        ev.StepStarted(turn, "ideate", "6 directions"),
        ev.DirectionsFound(turn, DIRECTIONS, True),
    ]


def drafting(turn: str = "t1", upto: int = 60) -> list[ev.Event]:
    """Four drafts, each grown to `upto` characters."""
    begun: list[ev.Event] = [ev.DirectionsChosen(turn, DIRECTIONS, "studio"), ev.StepStarted(turn, "draft", "4 drafts")]
    for number, text in enumerate(POEMS, 1):
        begun.append(ev.DraftStarted(turn, f"draft{number}", "drafting", f"draft {number}"))
        begun += [ev.DraftGrew(turn, f"draft{number}", text[at : min(at + 12, upto)]) for at in range(0, upto, 12)]
    return begun


def finishing(turn: str = "t1") -> list[ev.Event]:
    """Scores and the end."""
    events: list[ev.Event] = [
        ev.DraftFinished(turn, f"draft{number}", text, "stop") for number, text in enumerate(POEMS, 1)
    ]
    events += [ev.EngineMeasured(turn, "draft", 4, 560, 6.1, 0.1), ev.StepStarted(turn, "critique")]
    for number, text in enumerate(POEMS, 1):
        events.append(ev.DraftScored(turn, f"draft{number}", scorecard(*SCORES[number - 1], text)))
    takes = tuple(take(n, turn=turn) for n in (3, 1, 2, 4))
    events += [ev.StepStarted(turn, "present"), ev.TurnFinished(turn, "p1", takes, "finished", 21.4, 640),
               ev.PieceChanged(piece())]  # fmt: skip
    return events


@dataclass
class CannedClient:
    """Implements StudioClient."""

    sent: list[cmd.Command] = field(default_factory=list)
    stops: int = 0
    restarts: int = 0
    settings: Settings | None = None
    closed: bool = False
    started: bool = False
    on_event: Callable[[ev.Event], None] = lambda event: None

    def start(self, on_event: Callable[[ev.Event], None]) -> None:
        self.started = True
        self.on_event = on_event

    def send(self, command: cmd.Command) -> None:
        self.sent.append(command)

    def stop(self) -> None:
        self.stops += 1

    def restart(self, settings: Settings | None = None) -> None:
        self.restarts += 1
        self.settings = settings

    def close(self) -> None:
        self.closed = True

    def say(self, *events: ev.Event) -> None:
        """Tell the screen something."""
        for event in events:
            self.on_event(event)

    def last(self, kind: type[cmd.Command]) -> cmd.Command:
        """The newest command of a kind."""
        return [command for command in self.sent if isinstance(command, kind)][-1]
