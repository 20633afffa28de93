"""Premises read off a piece by program: what a writer would have asked for to get it. English; pure.

"a woman who plays a selection of Irish airs", "an open window and a round moon": somebody of the piece with what they
do, or its things with what stands at them, in the piece's own words. A model that learns from briefs whose words its
texts only touch learns that what is asked for hardly counts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from agents.critique.theme import EMPTY_WORDS
from agents.spans import is_verse, lines, sentences
from cocreate.training.role_texts import Piece, World

CLAUSE = 0.7
"""Share of premises that tell what somebody does, where that can be read; the others name things."""
OPENING, OPENING_LINES = 260, 4
"""Characters of prose, and lines of verse, within which a piece must name what it is about."""
SOON = 0.25
"""Share of a piece's sentences, two at least, in which a premise that tells a deed must stand."""
MOST = 12
"""Words of a clause after its verb."""
_PAST = {
    "was": "is", "were": "are", "had": "has", "went": "goes", "came": "comes", "saw": "sees", "took": "takes",
    "gave": "gives", "found": "finds", "stood": "stands", "sat": "sits", "lay": "lies", "knew": "knows",
    "felt": "feels", "heard": "hears", "told": "tells", "left": "leaves", "kept": "keeps", "held": "holds",
    "brought": "brings", "began": "begins", "ran": "runs", "fell": "falls", "rose": "rises", "wore": "wears",
    "wrote": "writes", "drew": "draws", "drove": "drives", "ate": "eats", "drank": "drinks", "spoke": "speaks",
    "broke": "breaks", "chose": "chooses", "woke": "wakes", "slept": "sleeps", "met": "meets", "lost": "loses",
    "won": "wins", "sold": "sells", "bought": "buys", "built": "builds", "sent": "sends", "spent": "spends",
    "paid": "pays", "caught": "catches", "taught": "teaches", "fought": "fights", "threw": "throws",
    "grew": "grows", "flew": "flies", "shook": "shakes", "hid": "hides", "rode": "rides", "sang": "sings",
    "sank": "sinks", "swam": "swims", "hung": "hangs", "struck": "strikes", "led": "leads", "fled": "flees",
    "bent": "bends", "swept": "sweeps", "wept": "weeps", "crept": "creeps", "dug": "digs", "clung": "clings",
    "became": "becomes", "forgot": "forgets", "got": "gets", "made": "makes", "loved": "loves", "lived": "lives",
}  # fmt: skip
_PLURAL = {"is": "are", "has": "have", "goes": "go"}
_SUBJECT = re.compile(
    r"(?:^|(?<=[.!?;:—,] )|(?<=\bwhen )|(?<=\band )|(?<=\bwhile )|(?<=\bbut )|(?<=\bas )|(?<=\bthat ))"
    r"(?P<who>[Hh]e|[Ss]he|[Tt]hey|(?:[Aa]n?|[Tt]he)(?: [a-z]+){1,3}"
    r"|(?:Mr\. |Mrs\. |Miss |Dr\. )?[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
    r" (?P<verb>[a-z]+) (?P<rest>[a-z][^.!?;:—“”\"]*)"
)
_THING = re.compile(
    r"\b(?P<what>(?:the|an?|his|her|its|my|our|their)(?: [a-z]+){0,2} (?P<noun>[a-z]{3,14}))"
    r"(?P<where> (?:of|in|on|under|at|from|near|by|over|behind|without|beside)"
    r" (?:the|an?|his|her|its|my|our|their) (?:[a-z]+ )?(?P<other>[a-z]{3,14}))?\b"
)
_DANGLING = re.compile(
    r"\W*(?:he|she|they|it|his|her|their|its|them|him|this|that|these|those|but|and|then|so|or|yet)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_ENDS_BADLY = re.compile(
    r"\s+(?:the|an?|and|or|but|of|in|on|to|at|with|from|by|for|his|her|its|their|my|as|that|who|which|so|very|if|when"
    r"|where|had|was|were|is|be|not|than|into|upon|it)$"
)
_DULL = frozenset({"said", "thought", "asked", "replied", "answered", "cried", "seemed", "used"})
_PRONOUNS = {"he": "a man", "she": "a woman", "they": "people"}
_NO_NAMES = re.compile(
    r"(?:I|It|There|This|That|These|Those|What|You|We|And|But|Then|Now|Here|No|If|When|In|On|At|As|So|For|Not|One|All|The"
    r"|An?|His|Her|My|Their|Its|Our|Your|Who|Such|Some|Any|Every|Each|Even|Only|Just|How|Why|Where|After|Before|With|To)\b"
)


def anchors(piece: Piece, world: World) -> list[str]:
    """Theme words the piece names soon and, in prose, after its middle again: what it is about, best first."""
    text = piece.text.lower()
    if is_verse(text):
        found = lines(text)
        first, later = text[: found[min(OPENING_LINES, len(found)) - 1][1]], text
    else:
        first, later = text[:OPENING], text[len(text) // 2 :]
    return [word for word in world.themes(piece.text)[:16] if _has(first, word) and _has(later, word)]


def dangles(piece: Piece) -> bool:
    """Whether it begins in the middle of something: with speech, or with one whom no brief has named ("They")."""
    return piece.text[:1] in '“"—' or bool(_DANGLING.match(piece.text))


def premise_of(piece: Piece, world: World, rng: random.Random) -> str:
    """What a piece is about as a few words to follow "about"; "" where it keeps to nothing it has named soon."""
    found = anchors(piece, world)
    told = _QUOTED.sub(" ", piece.text)
    clauses = _clauses(told, world, world.themes(piece.text)[:12], SOON)
    if not found and not clauses:
        return ""
    things = _things(told, world, found)
    if clauses and (not found or rng.random() < CLAUSE):
        apart = [one for one in things if not _shares(one, clauses[0])]
        return f"{clauses[0]}, and {apart[0]}" if apart and rng.random() < 0.3 else clauses[0]
    count = min(len(things), rng.choice((1, 2, 2, 3)))
    chosen = things[:count] or found[:1]
    return chosen[0] if len(chosen) == 1 else f"{', '.join(chosen[:-1])} and {chosen[-1]}"


def deed_of(piece: Piece, world: World) -> str:
    """What somebody of a piece does, in the present ("A woman plays a selection of Irish airs."), or ""."""
    found = _clauses(_QUOTED.sub(" ", piece.text), world, world.themes(piece.text)[:12], 0.6)
    return f"{found[0][0].upper()}{found[0][1:]}.".replace(" who ", " ", 1) if found else ""


def content_of(premise: str) -> str:
    """The words of a premise that its text should keep, parted by commas: a lesson weighs them."""
    return ", ".join(word for word in re.findall(r"[\w'-]+", premise) if word not in EMPTY_WORDS and len(word) > 2)


def _has(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}s?\b", text))


def _shares(one: str, other: str) -> bool:
    return bool({word for word in one.split() if len(word) > 3} & set(other.split()))


def _clauses(told: str, world: World, known: Sequence[str], share: float) -> list[str]:
    """What people do in the first `share` of it, as relative clauses with a known word; best first: many, early."""
    he, she = (len(re.findall(rf"\b(?:{all_})\b", told, re.IGNORECASE)) for all_ in ("he|his|him", "she|hers?"))
    found: list[tuple[float, str]] = []
    every = list(_sentences(told))
    for number, said in enumerate(every[: max(2, round(share * len(every)))]):
        for match in _SUBJECT.finditer(said):
            verb = "" if match["verb"] in _DULL else _present(match["verb"])
            who = _somebody(match["who"], he, she, world) if verb else ""
            rest = _rest(match["rest"])
            if not who or len(rest.split()) < 3 or (match["verb"] == "were") != (who == "people"):
                continue
            worth = sum(_has(f"{who} {rest}", word) for word in known) - 0.2 * number
            if worth > 0:
                found.append((-worth, f"{who} who {_plural(verb) if who == 'people' else verb} {rest}"))
                break
    return [clause for _, clause in sorted(found)]


def _sentences(told: str) -> Iterator[str]:
    cut = lines(told) if is_verse(told) else sentences(told)
    for start, end in cut:
        yield " ".join(told[start:end].split())


def _somebody(who: str, he: int, she: int, world: World) -> str:
    """A subject as one who has not been met: "a man" for "He" and for a name, "a tall grey nurse" for "The ..."; or "".

    The greedy match of `_SUBJECT` misses most subjects of an article and a noun: so the shipped adapter was taught.
    """
    if who.lower() in _PRONOUNS:
        return _PRONOUNS[who.lower()]
    first, *others = who.split()
    if first.lower() in ("a", "an", "the"):
        if not others or any(word in EMPTY_WORDS for word in others):
            return ""
        if others[-1] not in world.nouns or others[-1].endswith(("ing", "s")):
            return ""
        return ("an " if others[0][0] in "aeiou" else "a ") + " ".join(others)
    if _NO_NAMES.match(who) or he == she:
        return ""
    return "a man" if he > she else "a woman"


def _rest(rest: str) -> str:
    """A clause up to its first comma or next verb, not much longer than MOST words, ending on a word that can end."""
    found = " ".join(re.split(r"[,()…]|\band (?=[a-z]+ed\b)", rest)[0].split()[:MOST])
    onward = re.search(r"\b(?:and|but|which|because|as|when|while|that|where) .*", found)
    if onward and any(word in _PAST or word.endswith("ed") or word == "said" for word in onward[0].split()):
        found = found[: onward.start()].strip()
    while match := _ENDS_BADLY.search(found):
        found = found[: match.start()]
    return found.strip(" -'’")


@lru_cache(maxsize=4096)
def _present(verb: str) -> str:
    """A past form as the third person present ("waited": "waits"); "" where it is none."""
    if verb in _PAST:
        return _PAST[verb]
    if not verb.endswith("ed") or len(verb) < 5:
        return ""
    from wordfreq import zipf_frequency

    bases = [verb[:-1], verb[:-2]]
    if verb.endswith("ied"):
        bases.append(verb[:-3] + "y")
    elif verb[-3] == verb[-4]:
        bases.append(verb[:-3])
    best = max((base for base in bases if len(base) > 2), key=lambda base: zipf_frequency(base, "en"))
    if best.endswith("y") and best[-2] not in "aeiou":
        return best[:-1] + "ies"
    return best + ("es" if best.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def _plural(verb: str) -> str:
    if verb in _PLURAL:
        return _PLURAL[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("shes", "ches", "sses", "xes")) else verb.removesuffix("s")


def _things(told: str, world: World, known: Sequence[str]) -> list[str]:
    """Known words with what stands at them, in their order: "the shadow of the gallery", "a broken fiddle"."""
    fullest: dict[str, str] = {}
    for match in _THING.finditer(told):
        noun, other, between = match["noun"], match["other"], match["what"].split()[1:-1]
        if any(word in EMPTY_WORDS or word.endswith("ly") for word in between):
            between = []
        where = match["where"] if other in world.nouns else ""
        named = " ".join([*between, noun])
        article = "the " if where else "" if noun.endswith("s") else "an " if named[0] in "aeiou" else "a "
        phrase = f"{article}{named}{where or ''}"
        if len(phrase) > len(fullest.get(noun, "")):
            fullest[noun] = phrase
    found: list[str] = []
    for word in known:
        if word in fullest and not any(_shares(fullest[word], one) for one in found):
            found.append(fullest[word])
    return found
