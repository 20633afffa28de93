"""The critique agent: one Scorecard a text. Everything is computed; the same text gets the same card.

One pass of the language model and one call of the embedder serve all scores. What readers would say comes from trained
heads, which are asked only where they hold: English, read by the model they were trained with. Nothing that is no text
is scored: too few words, hardly any letters, code, one word over and over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from agents.contracts import Brief, Embedder, Score, Scorecard, Scorer, TokenScores
from agents.critique import answer as answers
from agents.critique import calibration, craft, diversity, emotion, fluency, guard, heat, limits, novelty, theme
from agents.critique.calibration import figures_for
from agents.critique.embedding import Vectors, vectors_of
from agents.critique.features.english import is_english
from agents.critique.hearing import Heard, Progress, can_read, hear
from agents.critique.measure import bounded, curve
from agents.critique.opinion import LONGEST, Opinion, opinion
from agents.critique.overall import WEIGHTS, Overall, interval, overall
from agents.spans import begun_alike, chinese_count, is_chinese, is_verse, tokens

if TYPE_CHECKING:
    from memory.records import Hit

__all__ = ["WEIGHTS", "Critic", "why_not"]

LEAST_WORDS = 25
"""Words from which on the heads for stories and paragraphs are asked."""
USUAL_WORDS = (50, 320)
"""Lengths of nearly all texts the heads were fitted to; intervals are wider outside."""
MOST_THING = 4
"""Words of a theme that can be a thing to find uses for."""
_CODE = re.compile(r"[{};=<>\\|]|\b(?:def|return|import|function|var|const|class|SELECT|printf)\b|\(\)")
CHINESE_NOTE = "切题按主题的字词计算，语义模型只懂英文，只占四分之一"

Similar = Callable[[str], Sequence["Hit"]]


@dataclass(frozen=True, slots=True)
class _Case:
    """One text and everything that was found out about it."""

    text: str
    heard: Heard
    vectors: Vectors
    rivals: tuple[str, ...]
    hits: tuple[Hit, ...]
    english: bool
    chinese: bool
    verse: bool
    heads: bool


class Critic:
    """Judges texts. Between calls it holds only whether its models are those the heads were trained with."""

    def __init__(self, scorer: Scorer, embedder: Embedder) -> None:
        self._scorer = scorer
        self._embedder = embedder

    @cached_property
    def trained(self) -> bool:
        """Whether the heads hold for these models: one short reading, asked once."""
        return can_read(self._scorer) and guard.known_reader(self._scorer) and guard.known_embedder(self._embedder)

    def judge(
        self, texts: Sequence[str], brief: Brief, *, similar: Similar | None = None, others: Sequence[str] = (),
        weights: Mapping[str, float] | None = None, answer: bool = False, progress: Progress | None = None,
    ) -> list[Scorecard]:  # fmt: skip
        """Return a card for each text, in order.

        Args:
            texts: drafts of one brief; each is held against those of the rest that do not begin as it does.
            brief: what was asked for. An empty theme leaves theme fit at 5, with a note.
            similar: finds passages of the writer's works near a text.
            others: more drafts to be new against, besides `texts`.
            weights: shares of "fluency", "theme_fit", "novelty" (also "emotion", "craft") in the overall, in place of
                WEIGHTS; in English prose they shift what the readers' head leaves over.
            answer: whether the texts are answers to the brief, one of which is to be chosen: in English the overall
                then says first of all how well each keeps to what was asked, and what readers of drafts would say of it
                (`overall.ANSWERED`, `overall.DRAFTED`).
            progress: told how many windows of all texts the language model has read.
        """
        reasons = [why_not(text, brief.kind) for text in texts]
        chosen = [at for at, reason in enumerate(reasons) if not reason]
        cards = [_unscored(reason) for reason in reasons]
        if not chosen:
            return cards
        some = [texts[at] for at in chosen]
        thing = self._thing(some, brief)
        heard = self._hear(some, thing, progress)
        vectors = vectors_of(self._embedder, some, brief.theme or brief.request)
        said = self._embedder.embed([answers.asked(brief)])[0] if answer and brief.theme else None
        for place, at in enumerate(chosen):
            every = (*texts[:at], *texts[at + 1 :], *others)
            rivals = tuple(one for one in every if not begun_alike(texts[at], one, brief.opening))
            hits = tuple(similar(texts[at])) if similar is not None else ()
            case = self._case(texts[at], heard[place], vectors[place], rivals, hits)
            kept = None
            if said is not None and answers.can_tell(brief, english=case.english):
                near = [float(row @ said) for row in case.vectors.rows]
                kept = answers.score(texts[at], float(case.vectors.whole @ said), brief, near)
            cards[at] = self._card(case, brief, thing, weights, kept)
        return cards

    def tells_openings(self, brief: Brief) -> bool:
        """Whether what it says of openings of answers to a brief tells how the whole will be judged: English, by the
        models the heads were trained with."""
        return answers.can_tell(brief, english=True) and self.trained

    def diversity(self, texts: Sequence[str], brief: Brief) -> Score:
        """Return how different the texts of a set are: 10 where no two say the same, 0 where all do."""
        english = all(is_english(text) for text in texts) and is_english(brief.request or "a text")
        return diversity.score(texts, brief.request, self._embedder, trained=english and self.trained)

    # --- finding out ------------------------------------------------------------------------------------------

    def _thing(self, texts: Sequence[str], brief: Brief) -> str:
        """The thing that ideas are uses for, where their originality can be told; else ""."""
        thing = " ".join(brief.theme.split())
        asked = brief.kind == "idea" and 0 < len(thing.split()) <= MOST_THING
        plain = asked and is_english(thing) and all(is_english(text) for text in texts)
        return thing if plain and self.trained else ""

    def _hear(self, texts: Sequence[str], thing: str, progress: Progress | None) -> list[Heard]:
        if not thing:
            return hear(self._scorer, texts, deep=self.trained, progress=progress)
        from agents.critique.features.ideas import before

        found = hear(self._scorer, [f" {text.strip()}" for text in texts], deep=True, before=before(thing))
        return [_moved(one, len(text) - len(text.lstrip()) - 1) for one, text in zip(found, texts, strict=True)]

    def _case(self, text: str, heard: Heard, vectors: Vectors, rivals: tuple[str, ...], hits: tuple[Hit, ...]) -> _Case:
        english, chinese = is_english(text), is_chinese(text)
        heads = english and not chinese and self.trained and heard.reading is not None
        return _Case(text, heard, vectors, rivals, hits, english and not chinese, chinese, is_verse(text), heads)

    # --- judging ----------------------------------------------------------------------------------------------

    def _card(
        self, case: _Case, brief: Brief, thing: str, weights: Mapping[str, float] | None, kept: float | None
    ) -> Scorecard:
        text, scores = case.text, case.heard.scores
        figures = figures_for(verse=case.verse, chinese=case.chinese)
        view = _opinion(case) if not thing else None
        prose = view if not case.verse else None
        fluent = fluency.score(text, scores, figures, brief.kind, view)
        relevant = _relevant(case, prose, brief)
        fit = theme.score(text, case.vectors.cosine, case.vectors.best, case.vectors.line_fit, brief, figures, relevant)
        new, known = self._novelty(case, thing)
        feeling = emotion.score(text, brief.mood, english=case.english)
        made = craft.score(text, english=case.english, opinion=prose)
        every = {"fluency": fluent, "theme_fit": fit, "novelty": new, "emotion": feeling, "craft": made}
        judged = {name: one.value for name, one in every.items() if one is not None}
        note = CHINESE_NOTE if brief.language == "zh" else ""
        if not brief.theme:
            del judged["theme_fit"]
            note = "theme fit not scored, because the brief names no theme"
        if thing:
            del judged["fluency"]  # a few words about a thing are not judged as prose
        if kept is not None:  # what was to be left out, or is missing, counts as in the theme fit
            kept = bounded(kept - theme.loss(fit.evidence))
        liked = _drafted(case) if kept is not None else None
        hurt = view.damage if view is not None else None
        whole = overall(judged, prose, weights, brief.kind, answer=kept, drafted=liked, damage=hurt)
        size = len(tokens(text))
        low, high = _interval(whole, prose, size) if kept is None else (None, None)
        before = (*case.rivals, *(hit.passage.text for hit in case.hits))
        return Scorecard(
            new, fluent, fit, whole.value, note,
            emotion=feeling,
            craft=made,
            heat=heat.lines_of(text, scores, case.vectors, figures, before),
            why=whole.why,
            low=low,
            high=high,
            limits=limits.of(
                brief, prose, english=case.english, chinese=case.chinese, verse=case.verse, heads=case.heads,
                long=len(scores.logprobs) > LONGEST, unknown_thing=bool(thing) and not known,
                windows=(case.heard.read, case.heard.whole), answer=kept is not None, drafted=liked is not None,
            ),
        )  # fmt: skip

    def _novelty(self, case: _Case, thing: str) -> tuple[Score, bool]:
        """Novelty, and whether people rated uses of this thing."""
        figures = figures_for(verse=case.verse, chinese=case.chinese)
        if not thing or case.heard.reading is None:
            return novelty.score(case.text, case.heard.scores, figures, case.hits, case.rivals), False
        from agents.critique.features.ideas import plain, wordings
        from agents.critique.heads import judge

        use = plain(case.text)
        rows = self._embedder.embed(wordings(thing, use))
        value, known = judge.original(thing, use, case.heard.reading, rows)
        points = curve(value, calibration.ORIGINAL)
        return novelty.score(case.text, case.heard.scores, figures, case.hits, case.rivals, points), known


def _opinion(case: _Case) -> Opinion | None:
    if not case.heads or case.heard.reading is None or len(tokens(case.text[: case.heard.end])) < LEAST_WORDS:
        return None
    return opinion(case.text, case.heard.reading)


def _drafted(case: _Case) -> float | None:
    """What readers of drafts would say, 0-10, where the heads can be asked."""
    if not case.heads or case.heard.reading is None:
        return None
    from agents.critique.heads import judge

    return curve(judge.drafted(case.heard.reading), calibration.DRAFTED)


def _relevant(case: _Case, view: Opinion | None, brief: Brief) -> float | None:
    """What readers would say of the theme fit, 0-10."""
    if view is None or not brief.theme or not is_english(brief.theme):
        return None
    from agents.critique.heads import judge

    vectors = case.vectors
    rows = vectors.rows if len(vectors.rows) else vectors.whole[None]
    value = judge.relevant(view.numbers, brief.theme, case.text, vectors.asked, vectors.whole, rows)
    return curve(value, calibration.RELEVANT)


def _interval(whole: Overall, view: Opinion | None, size: int) -> tuple[float | None, float | None]:
    if view is None:
        return None, None
    return interval(whole.value, view, unlike=not USUAL_WORDS[0] <= size <= USUAL_WORDS[1])


def _moved(heard: Heard, by: int) -> Heard:
    """The same with its offsets moved: what was read began with a space the text does not have."""
    spans = tuple((max(0, a + by), max(0, b + by)) for a, b in heard.scores.offsets)
    return replace(heard, scores=TokenScores(spans, heard.scores.logprobs))


def why_not(text: str, kind: str = "") -> str:
    """Why a text is not scored, or "". An idea may be a single word."""
    stripped = text.strip()
    if not stripped:
        return "not scored, because the text is empty"
    found = [text[a:b].lower() for a, b in tokens(text)]
    least = 1 if kind == "idea" else 4 if chinese_count(text) else 3
    if len(found) < least:
        return f"not scored, because {len(found)} word{' is' if len(found) == 1 else 's are'} too few to judge"
    letters = sum(1 for character in stripped if character.isalpha())
    if letters < 0.5 * sum(1 for character in stripped if not character.isspace()):
        return "not scored, because it holds more signs than words"
    if len(_CODE.findall(stripped)) > len(found) / 6:
        return "not scored, because it looks like code"
    if len(found) >= 6 and Counter(found).most_common(1)[0][1] > 0.5 * len(found):
        return "not scored, because it is mostly one word"
    return ""


def _unscored(reason: str) -> Scorecard:
    none = Score(0.0, advice=f"{reason[:1].upper()}{reason[1:]}." if reason else "")
    return Scorecard(none, none, none, 0.0, reason)
