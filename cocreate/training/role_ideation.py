"""Lessons for the ideation agent: a theme and an angle, answered by one concrete sentence from literature.

The theme is one or two words of the sentence or of what stands around it, so that an answer is about it without saying
it over again: at most THEME_SHARE of the content words of an answer are the theme's.
"""

from __future__ import annotations

import random
import re

from agents import prompts, wording
from agents.contracts import Brief
from agents.critique.theme import EMPTY_WORDS
from agents.ideation import ANGLES_EN, ANGLES_ZH
from agents.spans import Span, chinese_count, is_chinese, parts, sentences, words
from cocreate.training import themes
from cocreate.training.job import Lesson
from cocreate.training.role_texts import Piece, World

SHORT_TEMPLATE = "idea_short"
SIZE_EN, SIZE_ZH = (7, 24), (8, 40)
"""Words (Chinese: characters) of an answer."""
THEME_SHARE = 0.34
OPENS_BADLY = re.compile(
    r"^\W*(?:it|this|that|these|those|they|them|but|and|so|then|or|nor|for|yet|which|who|yes|no|well|oh|ah|however|"
    r"therefore|thus|such|what|why|how|if|as)\b|^\W*(?:它|这|那|但|而|所以|于是|然而|因为|如果)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"[“”\"「」‘]|^[-—]")
_INWARD = re.compile(
    r"\b(?:said|asked|answered|replied|thought|knew|felt|seemed|wondered|forgot\w*|supposed|believed|meant|wished|"
    r"\w+(?:ness|ment|tion|ity|ence|ance|ism)|love|hate|truth|soul|mind|idea|matter|fact|question|reason|opinion|"
    r"character|interest|despair|jealousy)\b",
    re.IGNORECASE,
)
"""Talk, inner life and abstractions: no picture."""
_NAMED = re.compile(r"(?<=[a-z,] )(?!I\b)[A-Z]|[A-Z][a-z]+’s\b")
"""Names say nothing to a stranger."""
_ANGLE_WORDS: tuple[tuple[str, str], ...] = (
    ("a sound", r"sound|nois|voice|whisper|rattl|ring|bell|hum|song|sang|sing|cry|cries|shout|click|crack|drum|echo"),
    ("a smell or a taste", r"smell|smelt|scent|odou?r|taste|sweet|bitter|smok|perfume|bread|salt"),
    ("a colour", r"\b(?:red|blue|green|yellow|white|black|grey|gray|gold(?:en)?|silver|brown|purple|pale|scarlet)\b"),
    (
        "an animal",
        r"\b(?:dog|cat|horse|bird|crow|gull|fish|cow|sheep|mouse|rat|bee|fly|spider|fox|wolf|deer|owl)s?\b",
    ),
    ("hands at work", r"\bhands?\b|finger|sew|dig|carv|knead|mend"),
    ("something broken", r"broke|broken|crack|torn|split|ruin|shatter"),
    ("a message or a letter", r"letter|note|telegram|message|wrote|envelope|paper"),
    ("something missing", r"\b(?:no|nobody|nothing|never|empty|without|gone|lost|missing)\b"),
    ("a memory", r"\b(?:ago|once|remember\w*|years|used to|childhood|forgot\w*)\b"),
    ("somebody who is waiting", r"wait|watch(?:ed|ing)|stood|sat\b|listen"),
    ("one exact moment", r"\b(?:when|suddenly|moment|just|at last|o’clock|dawn|dusk|midnight|noon)\b"),
    ("seen from far away", r"far|distan|horizon|hill|sky|across|beyond"),
    ("a person", r"\b(?:man|woman|girl|boy|mother|father|wife|husband|child|old)\b"),
)


def teach(piece: Piece, world: World, rng: random.Random) -> Lesson | None:
    """One sentence of the piece that is a picture or a moment, as the answer to a theme; None where it has none."""
    chinese = is_chinese(piece.text)
    cut = sentences(piece.text) if len(parts(piece.text)) < 3 or piece.part.text.kind != "poem" else _verse(piece.text)
    found = [" ".join(piece.text[a:b].split()) for a, b in cut]
    good = [i for i, said in enumerate(found) if is_picture(said, world)]
    if not good:
        return None
    at = rng.choice(good)
    around = " ".join(found[max(0, at - 2) : at + 3])
    theme = theme_for(found[at], around, world, rng)
    if not theme:
        return None
    angle, start = angle_for(found[at], rng, chinese=chinese)
    brief = Brief(theme, theme=theme, language="zh" if chinese else "en")
    prompt = prompts.fill(SHORT_TEMPLATE, brief.language, wording.slots(brief) | {"angle": angle, "start": start})
    answer = found[at].rstrip(",;:，；：—")
    answer += "" if answer[-1] in ".!?。！？" else "。" if chinese else "."
    return Lesson(prompt.messages, answer[len(start) :], prompt.prefill)


def _verse(text: str) -> list[Span]:
    """Sentences that run over lines of verse: ended by a full stop at the end of a line."""
    found: list[Span] = []
    start: int | None = None
    for begin, end in parts(text):
        start = begin if start is None else start
        if text[end - 1] in ".!?。！？":
            found.append((start, end))
            start = None
    return found


def is_picture(said: str, world: World) -> bool:
    """Whether a sentence stands alone as something to be seen or heard: no talk, no dangling pronoun, enough things."""
    chinese = is_chinese(said)
    least, most = SIZE_ZH if chinese else SIZE_EN
    size = chinese_count(said) if chinese else len(words(said))
    if not least <= size <= most or OPENS_BADLY.match(said) or _SPOKEN.search(said) or said[-1] in "?？":
        return False
    if not chinese and (said[0].islower() or _NAMED.search(said) or _INWARD.search(said)):
        return False
    return len(world.themes(said)) >= 2


def theme_for(said: str, around: str, world: World, rng: random.Random) -> str:
    """One or two words of what stands around a sentence; "" where they would make up too much of it."""
    chinese = is_chinese(said)
    near, own = world.themes(around)[:6], world.themes(said)
    pool = near if rng.random() < 0.5 else own[:4]
    chosen = rng.sample(pool, min(len(pool), rng.choice((1, 1, 2))))
    content = {word for word in words(said) if word not in EMPTY_WORDS} if not chinese else set(own)
    if not chosen or len(content & set(chosen)) > THEME_SHARE * max(3, len(content)):
        return ""
    if chinese:
        return "、".join(chosen)
    return " and ".join(themes.said([word], chinese=False, rng=rng) for word in chosen)


def angle_for(said: str, rng: random.Random, *, chinese: bool) -> tuple[str, str]:
    """The angle a sentence takes, and the angle's beginning where the sentence begins so."""
    if chinese:
        return rng.choice(ANGLES_ZH), ""
    fitting = [angle for angle, pattern in _ANGLE_WORDS if re.search(pattern, said, re.IGNORECASE)]
    known = dict(ANGLES_EN)
    angle = rng.choice(fitting) if fitting and rng.random() < 0.85 else rng.choice(list(known))
    start = known[angle]
    return angle, start if said.startswith(f"{start} ") else ""
