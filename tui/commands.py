"""The slash commands and the keys, as data that composer, palette, help and documentation read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command of the composer."""

    name: str
    arguments: str
    """What may follow, as shown to the writer; "" for nothing."""
    help: str
    """One sentence without a full stop."""
    palette: bool = True
    """Offered in the palette (it works without arguments)."""


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One key or group of keys."""

    keys: str
    place: str
    """Where it works: one of the places that the help names."""
    help: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What the writer typed after a slash."""

    name: str
    argument: str


COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand("new", "", "Start a new piece"),
    SlashCommand("pieces", "[WORDS]", "List your pieces, or those that hold the words"),
    SlashCommand("open", "[WORDS]", "Open the newest piece that holds the words"),
    SlashCommand("works", "[add [--reference] [--collection NAME] PATH... | search WORDS [in:NAME] [kind:poem] "
                 "[language:zh] [since:2019] [until:2020] | show ID | remove ID]",
                 "Your finished works in memory: list, add, find, read, move, forget"),
    SlashCommand("recalled", "", "What was recalled from your works: look, pin, leave out, correct"),
    SlashCommand("voice", "[NAME | NAME*0.7+NAME*0.3 | none | stronger | weaker | 0.8]",
                 "The voice this piece is written in; without a name, choose, mix, tune and forget voices"),
    SlashCommand("tune", "[NAME]", "Tune a voice on your works, or look at the tuning that runs"),
    SlashCommand("card", "[COLLECTION] [vs COLLECTION | vs draft]",
                 "What makes your works sound like one person, alone or beside a draft"),
    SlashCommand("taste", "[reset | undo | on | off]",
                 "What the studio has learnt from what you keep and reject; forget it, or take that back"),
    SlashCommand("preset", "[quick | balanced | patient]",
                 "How much the studio does for a message, from the next one on; without a name, what there is"),
    SlashCommand("brief", "", "Correct what the studio understood"),
    SlashCommand("ideas", "[THEME]", "Find ideas for a theme, and push them further; without one, the last list"),
    SlashCommand("pick", "NUMBER... | own words", "Choose directions; without anything none is followed"),
    SlashCommand("keep", "[NUMBER]", "Keep a draft: it becomes the text of the piece"),
    SlashCommand("reject", "[NUMBER]", "Put a draft aside; it stays in the piece, marked"),
    SlashCommand("further", "[NUMBER]", "Let the next message change this draft"),
    SlashCommand("edit", "[NUMBER]", "Edit a draft by hand; your version is saved beside it"),
    SlashCommand("copy", "[NUMBER]", "Copy a draft to the clipboard"),
    SlashCommand("why", "[NUMBER]", "Why a draft scored so, in plain words, and what to try"),
    SlashCommand("heat", "[NUMBER]", "Shade the lines of a draft: surprise, then theme, then echo, then off"),
    SlashCommand("stop", "", "Stop the turn; what was written is kept"),
    SlashCommand("continue", "", "Go on with an unfinished turn"),
    SlashCommand("discard", "", "End an unfinished turn and keep what is there"),
    SlashCommand("rename", "TITLE", "Give the piece a title", palette=False),
    SlashCommand("delete", "", "Delete the piece, after asking"),
    SlashCommand("model", "[NAME | PATH | HUB-ID]", "Change the model that writes; without a name, choose from a list"),
    SlashCommand("theme", "[NAME]", "Change the colours; without a name, choose from a list"),
    SlashCommand("restart", "", "Start the studio again"),
    SlashCommand("help", "", "Keys and commands"),
    SlashCommand("quit", "", "Leave; everything is kept"),
)  # fmt: skip

KEYS: tuple[KeyHelp, ...] = (
    KeyHelp("Enter", "composer", "Send (with enter_sends = false: new line)"),
    KeyHelp("Ctrl+J, Alt+Enter, Shift+Enter", "composer", "New line (with enter_sends = false: send)"),
    KeyHelp("Up, Down", "composer", "Earlier messages, at the first and last line"),
    KeyHelp("Tab", "composer", "Complete a /command; else go to the drafts"),
    KeyHelp("Esc", "everywhere", "Stop the turn and keep what was written; else back to the composer"),
    KeyHelp("Ctrl+C", "everywhere", "Copy the selection; else stop; twice: quit"),
    KeyHelp("Ctrl+O", "everywhere", "Your pieces"),
    KeyHelp("Ctrl+N", "everywhere", "New piece"),
    KeyHelp("Ctrl+P", "everywhere", "All commands"),
    KeyHelp("Tab, Shift+Tab", "everywhere", "Walk through brief, directions, drafts and composer"),
    KeyHelp("PageUp, PageDown", "everywhere", "Scroll"),
    KeyHelp("Ctrl+End", "everywhere", "Back to the newest text, and follow it"),
    KeyHelp("F1", "everywhere", "Help"),
    KeyHelp("F2", "everywhere", "Your works: add, find, move, forget"),
    KeyHelp("F3", "everywhere", "Voices: choose, mix, dial, tune"),
    KeyHelp("F4", "everywhere", "What was recalled from your works"),
    KeyHelp("Ctrl+Q", "everywhere", "Quit"),
    KeyHelp("1-9", "directions", "Pick this direction"),
    KeyHelp("Up, Down, Enter", "directions", "Move and pick"),
    KeyHelp("s", "directions", "None of these: write from my words alone"),
    KeyHelp("p", "directions", "Push them further: opposite, other sense, speaker, form, two joined"),
    KeyHelp("b", "directions", "Correct the brief"),
    KeyHelp("k", "draft", "Keep"),
    KeyHelp("x", "draft", "Reject"),
    KeyHelp("t", "draft", "Take further: the next message changes this draft"),
    KeyHelp("h", "draft", "Edit by hand"),
    KeyHelp("w", "draft", "Why this score, and what to try"),
    KeyHelp("m", "draft", "Heat: lines by surprise, theme, echo, off"),
    KeyHelp("e, Enter", "draft", "Show or hide the notes below the draft"),
    KeyHelp("c, y", "draft", "Copy"),
    KeyHelp("Left, Right, 1-9", "draft", "Another draft"),
    KeyHelp("-, +", "draft", "Less or more like you: the strength of the piece's voice"),
    KeyHelp("Enter, p", "recalled lines", "Look at what was recalled"),
    KeyHelp("Enter", "ideas", "Write from this idea"),
    KeyHelp("o, e, k, f", "ideas", "The opposite, another sense, another speaker, another form"),
    KeyHelp("Space, c", "ideas", "Mark; join the two that are marked"),
    KeyHelp("w", "ideas", "All of why it could work"),
    KeyHelp("n", "ideas", "More ideas for the theme"),
    KeyHelp("y", "ideas", "Copy"),
    KeyHelp("s", "ideas", "Stop the search; what came is kept"),
    KeyHelp("r", "pieces", "Rename"),
    KeyHelp("d, Delete", "pieces", "Delete, after asking"),
    KeyHelp("Tab", "works", "Complete the path, or the collection"),
    KeyHelp("Enter", "works", "Add what is named; in the list: read the work"),
    KeyHelp("Ctrl+R", "works", "Add as references, which are only checked against"),
    KeyHelp("Ctrl+S, s", "works", "Stop adding; what was read is kept"),
    KeyHelp("m", "works", "Move to a collection"),
    KeyHelp("d, Delete", "works", "Forget, after asking"),
    KeyHelp("Space, a", "works", "Mark one, mark all: m and d take what is marked"),
    KeyHelp("r", "works", "What was refused, and why"),
    KeyHelp("p, P", "recalled", "Pin for this piece, for good"),
    KeyHelp("x, X", "recalled", "Leave out for this piece, for good"),
    KeyHelp("c, C", "recalled", "Correct for this piece, for good"),
    KeyHelp("u", "recalled", "Take the mark back"),
    KeyHelp("Enter", "recalled", "Unfold or fold a long passage"),
    KeyHelp("Enter", "voices", "Write this piece in the voice"),
    KeyHelp("-, +, Left, Right", "voices", "Less or more like you"),
    KeyHelp("m", "voices", "Mix voices"),
    KeyHelp("n", "voices", "No voice for this piece"),
    KeyHelp("t, N", "voices", "Tune again, tune a new one"),
    KeyHelp("v", "voices", "The voice card of its works"),
    KeyHelp("b", "voices", "Back to another version"),
    KeyHelp("d, Delete", "voices", "Forget, after asking"),
    KeyHelp("Ctrl+S", "tuning", "Start"),
    KeyHelp("Ctrl+L", "tuning", "Your edits: which of them are learnt from (Space, a)"),
    KeyHelp("s", "tuning", "Stop, and keep the best so far"),
    KeyHelp("Left, Right", "tuning, voice card", "Another answer in a line"),
)


def parse(text: str) -> Typed | None:
    """What a message that starts with one slash means; None for an ordinary message ("//" starts one with a slash)."""
    stripped = text.strip()
    if not stripped.startswith("/") or stripped.startswith("//"):
        return None
    name, _, argument = stripped[1:].partition(" ")
    return Typed(name.lower(), argument.strip())


def find(name: str) -> SlashCommand | None:
    """The command of this name."""
    return next((c for c in COMMANDS if c.name == name), None)


def complete(text: str) -> list[SlashCommand]:
    """Commands that begin like what is typed; none once there is a space."""
    if not text.startswith("/") or text.startswith("//") or " " in text or "\n" in text:
        return []
    return [c for c in COMMANDS if c.name.startswith(text[1:].lower())]


def nearest(name: str) -> str:
    """The name of a command that looks like this one, or ""."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, [c.name for c in COMMANDS], 1, 0.5)), "")
