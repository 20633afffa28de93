"""What the scores cannot know of a text, in plain sentences; shown beside the score."""

from __future__ import annotations

from agents.contracts import Brief
from agents.critique.opinion import Opinion

STORIES = (
    "Readers of stories agree on enjoyment only so far (one against the others: .52); this score reaches .51 in "
    "cross-validation."
)
PARAGRAPHS = (
    "Professional writers agree with each other on 81 of 100 pairs of paragraphs; this score agrees with them on 74."
)
ANSWERED = (
    "It says how well the text keeps to what was asked, beside other answers; what else was scored is a fifth of it. "
    "Its first choice wins .66 of its pairs (126 requests) when language models read them; people were not asked."
)
DRAFTED = (
    "It says how well the text keeps to what was asked, and what readers of drafts would say, beside other answers; "
    "what else was scored is a fifth of it. Its first choice wins .70 of its pairs (126 requests, drafts of an earlier "
    "adapter) when language models read them; people were not asked."
)
THEME = "Readers agree on theme fit with .64; this score reaches .59."
VERSE = "Verse: no reader's ratings were available; these scores compare with published verse."
SHORT = "Too short for what readers were asked about: the counts stand alone."
LONG = "Readers' judgements were of texts of up to 400 tokens: of this one they cover the beginning."
CHINESE = "中文：没有读者评分可用，分数与已发表的作品相比。(Chinese: no reader's ratings were available.)"
OTHER = "Neither English nor Chinese: only what is counted in any language holds."
OTHER_MODEL = "Another model reads than the one the critic was trained with: what readers would say is left out."
IDEAS = "For a thing nobody rated, the order of ideas holds, the level does not (r .55 within a thing)."
FEELING = "Emotion is counted from word lists; no reader's ratings of feeling were at hand."


SAMPLED = "A long text: {read} of its {whole} parts were read, spread evenly over it; the other lines have no surprise."


def of(
    brief: Brief, opinion: Opinion | None, *, english: bool, chinese: bool, verse: bool, heads: bool, long: bool,
    unknown_thing: bool, windows: tuple[int, int] = (1, 1), answer: bool = False, drafted: bool = False,
) -> tuple[str, ...]:  # fmt: skip
    """The sentences that hold for one text, the weightiest first. `windows`: (read, of all); `answer`: whether the
    overall says first of all how well the text keeps to what was asked; `drafted`: and what readers of drafts would."""
    found: list[str] = [DRAFTED if drafted else ANSWERED] if answer else []
    if windows[0] < windows[1]:
        found.append(SAMPLED.format(read=windows[0], whole=windows[1]))
    if chinese:
        found.append(CHINESE)
    elif not english:
        found.append(OTHER)
    elif not heads:
        found.append(OTHER_MODEL)
    elif verse:
        found += [] if drafted else [VERSE]
    elif opinion is None:
        found += [IDEAS] if unknown_thing else [] if drafted or brief.kind == "idea" else [SHORT]
    else:
        if not answer:
            found.append(PARAGRAPHS if opinion.polish > 0.5 else STORIES)
        if brief.theme:
            found.append(THEME)
        if long:
            found.append(LONG)
    if english or chinese:
        found.append(FEELING)
    return tuple(found)
