"""cocreate voice card: what is asked of the studio, and a plot that fits the terminal."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from cocreate.commands import ShowVoiceCard
from cocreate.events import VoiceCardShown
from memory.voice_card import Trait, VoiceCard

TRAITS = (
    Trait("line length", 14.2, "words", 7.1, (1, 4, 9, 14, 2), ("The well was dry.", "柿子" * 60)),
    Trait("favourite words", 12, "words clearly above common use", None, (), ("well", "persimmon")),
)
CARD = VoiceCard("my noir", "en", 12, 30412, TRAITS, "Short lines and things one can touch.")
DRAFT = VoiceCard("this draft", "en", 0, 84, (Trait("line length", 7.1, "words"),), "", 0.42)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_a_card_is_plotted_within_eighty_columns(cocreate):
    ran = cocreate("voice", "card", "--collection", "my noir", answers=[VoiceCardShown(CARD)])
    assert ran.code == 0
    assert ran.studio.sent == [ShowVoiceCard("my noir")]
    lines = ran.out.splitlines()
    assert lines[0] == "my noir: 12 works, 30,412 words, en"
    assert "  ▁▃▆█▂" in lines
    assert any(line.startswith("line length") and "│███" in line and "14.2 words" in line for line in lines)
    assert max(map(columns, lines)) <= 80


def test_a_draft_is_compared_with_the_works(cocreate, tmp_path: Path):
    path = tmp_path / "draft.txt"
    path.write_text("Nobody asks where the light went.", encoding="utf-8")
    shown = VoiceCardShown(CARD, DRAFT, ("Your lines are twice as long as those of this draft.",))
    ran = cocreate("voice", "card", "--text", str(path), answers=[shown])
    assert ran.studio.sent == [ShowVoiceCard(text="Nobody asks where the light went.")]
    assert "Beside this draft, distance 0.42" in ran.out
    assert "  - Your lines are twice as long as those of this draft." in ran.out
    assert "14.2 | 7.1 words" in ran.out


def test_json_holds_the_whole_card(cocreate):
    ran = cocreate("voice", "card", "--json", answers=[VoiceCardShown(CARD)])
    assert json.loads(ran.out)["card"]["traits"][0]["spread"] == [1, 4, 9, 14, 2]


def test_a_text_that_cannot_be_read_or_two_comparisons_end_with_one_sentence(cocreate, tmp_path: Path):
    missing = cocreate("voice", "card", "--text", str(tmp_path / "nothing.txt"))
    both = cocreate("voice", "card", "--text", "a.txt", "--against", "letters")
    empty = cocreate("voice", "card", "--text", "-", stdin=b" \n")
    for ran in (missing, both, empty):
        assert ran.code == 2
        assert ran.out == ""
        assert ran.err.startswith("cocreate: ")
