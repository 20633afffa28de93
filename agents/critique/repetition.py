"""Repetition and loops, counted. English words and Chinese characters are the tokens."""

from __future__ import annotations

from collections import Counter

from agents.spans import Span, lines, tokens


def trigram_spans(text: str) -> list[Span]:
    """Spans of trigrams that occurred earlier in the text; a trigram may cross line ends."""
    found = tokens(text)
    seen: set[tuple[str, ...]] = set()
    repeated = []
    for i in range(len(found) - 2):
        gram = tuple(text[a:b].lower() for a, b in found[i : i + 3])
        if gram in seen:
            repeated.append((found[i][0], found[i + 2][1]))
        seen.add(gram)
    return repeated


def trigram_rate(text: str) -> float:
    """Share of trigrams that occurred earlier in the text, 0 to 1."""
    total = len(tokens(text)) - 2
    return len(trigram_spans(text)) / total if total > 0 else 0.0


def repeated_lines(text: str) -> list[Span]:
    """Lines of three or more tokens that stood in the text before, word for word."""
    seen: set[str] = set()
    found = []
    for start, end in lines(text):
        key = " ".join(text[a + start : b + start].lower() for a, b in tokens(text[start:end]))
        if len(tokens(text[start:end])) >= 3 and key in seen:
            found.append((start, end))
        seen.add(key)
    return found


def variety(text: str, window: int = 40) -> float:
    """Moving-average type-token ratio (Covington and McFall 2010), 0 to 1; the whole text when it is shorter."""
    found = [text[a:b].lower() for a, b in tokens(text)]
    if not found:
        return 0.0
    width = min(window, len(found))
    shares = [len(set(found[i : i + width])) / width for i in range(len(found) - width + 1)]
    return sum(shares) / len(shares)


def same_openings(text: str) -> float:
    """Share of lines that begin with the text's most frequent first word, from four lines on; else 0."""
    heads = []
    for start, end in lines(text):
        found = tokens(text[start:end])
        if found:
            heads.append(text[start + found[0][0] : start + found[0][1]].lower())
    if len(heads) < 4:
        return 0.0
    return Counter(heads).most_common(1)[0][1] / len(heads)


LONG = 400
"""Tokens up to which a text is one piece: the usual figures are those of texts of about 200."""


def dilution(text: str) -> float:
    """What a single slip weighs: all of it in a draft, less in a book, where some are to be found by chance."""
    return min(1.0, LONG / max(1, len(tokens(text))))


def usual_rate(text: str) -> float:
    """`trigram_rate`, of a long text the mean of its pieces: in a book every run of three words comes again."""
    spans = tokens(text)
    if len(spans) <= LONG:
        return trigram_rate(text)
    pieces = [spans[at : at + LONG] for at in range(0, len(spans) - LONG // 2, LONG)]
    return sum(trigram_rate(text[piece[0][0] : piece[-1][1]]) for piece in pieces) / len(pieces)
