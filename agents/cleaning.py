"""What a model says around a text, taken off while it streams.

`Cleaner` sees the pieces of one reply and gives back what a writer should see: no "Here is a poem", no headings or
bold marks, no special tokens, nothing past the length that was asked for.
"""

from __future__ import annotations

import re

from agents.contracts import Finish, Length
from agents.spans import SHORT_FORMS, chinese_count, is_chinese, lines, sentences, words

META = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|okay|absolutely|great)\b[^\n]{0,40}[!,.:]\s*)?"
    r"(?:here(?:'s| is| are)\b|this is (?:a|my|the) "
    r"(?:poem|story|haiku|revised)|below is|i hope (?:this|you)|i(?:'ve| have) written|as an ai\b|"
    r"i(?:'m| am) sorry, (?:but )?i|"
    r"(?:the )?(?:rewritten|revised|new|updated) (?:version|line|stanza|poem|text|passage)s?\b[^\n]{0,30}:|"
    r"note:|title:|poem:|story:|"
    r"let me know|feel free|in this (?:poem|story|stanza|piece),? (?:the|i|we)\b|"
    r"this (?:poem|story|haiku|piece) (?:is|uses|captures|"
    r"explores|describes|evokes|reflects)|"
    r"(?:the|a|an) (?:poet(?:ess)?|poem|author|speaker|narrator|protagonist|verse|stanza)\b[^\n]{0,20} "
    r"(?:captures?|conveys?|emphasi[sz]es|explores?|evokes?|reflects? on|portrays?)\b|"
    r"the (?:first|second|third|next|last|final) (?:line|sentence|stanza|verse)s? (?:of|in) (?:this|the) "
    r"(?:poem|verse|stanza|story)\b|"
    r"以下是|下面是|这是一首|这首诗|好的[，,]|当然[，,！!]|希望(?:你|您)喜欢|作为一个?(?:AI|人工智能)|标题[:：]|题目[:：])",
    re.IGNORECASE,
)
_SURE = re.compile(r"^\W*(?:sure|certainly|of course|okay|absolutely|yes)\W*$", re.IGNORECASE)
_LABEL = re.compile(
    r"^\W*(?:stanza|verse|line|part|chorus|paragraph|scene|draft|idea)\s*(?:\d+|[ivx]+|one|two|three|four|five)\s*[:.)]?\W*$",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"<\|[^|>\n]{0,40}\|>|</?s>|\[/?INST\]|\ufffd")
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s+|^>\s+|`{1,3}", re.MULTILINE)
_NUMBERING = re.compile(r"^\s*(?:\d{1,2}[.):]\s+|[-•–]\s+|line \d+:\s*)", re.IGNORECASE)
CLOSED = tuple('.!?…。！？"”’」』)）~—')


_PAUSES = (",", ";", ":", ".", "!", "?", "—", "，", "；", "。", "！", "？")
LONG_LINE, WIDE_LINE, LAST_LINE = 56, 84, 126
"""Characters after which a line of verse ends at the next pause, and at the next word; the last line of a text may
run on for longer to a pause."""
SHORTEST, LONGEST = 0.85, 1.2
"""Shares of the length that was asked for: prose below the first goes on, prose past the second is cut."""


def is_meta(line: str) -> bool:
    """Whether a line talks about the text instead of being part of it."""
    return bool(META.match(line) or _SURE.match(line))


def clean_line(line: str) -> str:
    """One line without special tokens, bold marks, headings and numbering."""
    line = _MARKS.sub("", _SPECIAL.sub("", line))
    return _NUMBERING.sub("", line).rstrip()


def reached(text: str, length: Length) -> int:
    """How much of a length a text has, in its unit."""
    if length.unit == "lines":
        return len(lines(text))
    return chinese_count(text) if length.unit == "characters" else len(words(text))


def joined(begun: str, reply: str) -> str:
    """The begun sentence with its continuation; a reply that starts anew stands alone."""
    anew = bool(reply) and not reply[0].isspace() and not (reply[0].islower() or reply[0] in "-',.’")
    return reply if anew else begun + reply


class Cleaner:
    """One reply on its way to the writer. Not thread-safe.

    Args:
        length: what is asked for; the reply is full when it is reached.
        opening: words the text begins with; they stand there as given, and the reply goes on from them.
        verse: whether lines are lines of verse.
        breaks: numbers of lines after which a blank line stands, and nowhere else; None leaves the reply's own.
    """

    def __init__(
        self, length: Length, *, opening: str = "", verse: bool = True, breaks: tuple[int, ...] | None = None
    ) -> None:
        self.shown = opening
        """All that the writer has been shown."""
        self.full = False
        """True when the length is reached; what comes after is dropped."""
        self.glued = False
        """Whether the reply began with a letter, as the end of a word that stood before it."""
        self._started = False
        self._length = length
        self._verse = verse
        self._breaks = breaks
        self._held = ""
        self._blank = False
        self._apart = False

    def feed(self, piece: str) -> str:
        """Take the next piece of the reply; return what can be shown of it now."""
        if self.full:
            return ""
        if piece and not self._started:
            self._started, self.glued = True, piece[0].isalnum()
        self._held += piece
        grown = ""
        while "\n" in self._held and not self.full:
            line, self._held = self._held.split("\n", 1)
            grown += self._line(line)
        if not self.full and self._streams_inside_line():
            grown += self._show_words()
        return grown

    @property
    def wide(self) -> bool:
        """Whether a line of verse has grown past what a line is: a small model has slipped into prose."""
        line = self.shown.rsplit("\n", 1)[-1].rstrip()
        line += line if is_chinese(line) else ""  # a Chinese character is two columns wide, and says more
        most = WIDE_LINE
        if self._length.unit == "lines" and reached(self.shown, self._length) >= self._length.count:
            most = LAST_LINE  # nothing comes after it that could end its sentence
        return self._verse and not self.full and (
            len(line) >= most or (len(line) >= LONG_LINE and line.endswith(_PAUSES))
        )  # fmt: skip

    @property
    def short(self) -> bool:
        """Whether the text is not yet as long as it was to be: all of its lines, or most of its words."""
        share = 1.0 if self._length.unit == "lines" else SHORTEST
        return reached(self.shown, self._length) < share * self._length.count

    @property
    def missing(self) -> Length:
        """What is wanting to the length, at least one."""
        return Length(max(1, self._length.count - reached(self.shown, self._length)), self._length.unit)

    @property
    def so_far(self) -> str:
        """The text so far as the beginning of a request that goes on with it, up to the last character that came."""
        return self.shown + ("" if self._inside else self._lead(peek=True)) + self._held

    def rests(self, length: Length) -> bool:
        """Whether what is shown has this length and ends where a reader may rest: with a sentence, or a line of
        verse. Verse waits until it is clear whether a stanza ends there, for a model that goes on after a line break
        does not part stanzas any more."""
        text = self.shown.rstrip()
        if self._verse:
            there = reached(text, length)
            clear = self._blank or bool(self._held.strip()) or there > length.count  # the reply may come line by line
            return self.shown.endswith("\n") and clear and there >= length.count
        return text.endswith(CLOSED) and reached(text, length) >= length.count and len(text) in sentence_ends(text)

    def let_go(self) -> None:
        """Forget what came and was not shown."""
        self._held = ""

    def break_line(self) -> str:
        """End the line after the last word that was shown; return the break."""
        self._held = ""
        return self._append("\n", ends_line=True)

    def finish(self) -> str:
        """The reply has ended; return what was held back."""
        line, self._held = self._held, ""
        return "" if self.full else self._line(line)

    def go_on(self, *, apart: bool) -> None:
        """Take more of a reply that has ended: prose in a new paragraph; with `apart`, verse in a new stanza."""
        self.full, self._held = False, ""
        self._blank = self._length.unit != "lines" or apart
        self._apart = apart

    @property
    def _inside(self) -> bool:
        return bool(self.shown) and not self.shown.endswith("\n")

    def _streams_inside_line(self) -> bool:
        """The head of a line is held until it is clear that it is not talk about the text; then words flow."""
        return (
            (self._inside or (len(self._held) > 48 and not is_meta(self._held)))
            and not _SPECIAL.search(self._held)
            and "<" not in self._held[-12:]
        )

    def _show_words(self) -> str:
        """Show all but the last word of a long unfinished line."""
        cut = max(self._held.rfind(" "), self._held.rfind("，") + 1, self._held.rfind("。") + 1)
        if cut <= 0:
            return ""
        # The rest continues this line, with the space before it: a line that ends here ends without one.
        ready, self._held = self._held[:cut], self._held[cut:]
        if self._inside:
            return self._append(_MARKS.sub("", _SPECIAL.sub("", ready)).rstrip(), ends_line=False)
        return self._append(self._lead() + clean_line(ready).lstrip(), ends_line=False)

    def _line(self, line: str) -> str:
        inside = self._inside
        cleaned = _MARKS.sub("", _SPECIAL.sub("", line)).rstrip() if inside else clean_line(line)
        if not cleaned.strip():
            self._blank = bool(self.shown) and not inside
            return self._append("\n", ends_line=inside) if inside else ""
        if not inside and (is_meta(cleaned) or _LABEL.match(cleaned)):
            # Talk before the text is dropped; talk after it ends it.
            self.full = bool(self.shown.strip())
            return ""
        lead = "" if inside else self._lead()
        return self._append(lead + (cleaned if inside else cleaned.lstrip()) + "\n", ends_line=True)

    def _lead(self, *, peek: bool = False) -> str:
        """The line break that makes a blank line before the next line, where one is to stand.

        `peek` only looks, and hints at a new stanza where a reply has ended twice in the same place.
        """
        blank, apart = self._blank, self._apart
        if not peek:
            self._blank = self._apart = False
        if not self.shown or self.shown.endswith("\n\n"):
            return ""
        if self._breaks is None:
            return "\n" if blank else ""
        return "\n" if len(lines(self.shown)) in self._breaks or (peek and apart) else ""

    def _append(self, text: str, *, ends_line: bool) -> str:
        before = self.shown
        self.shown += text
        if self._length.unit == "lines":
            self.full = ends_line and reached(self.shown, self._length) >= self._length.count
        elif reached(self.shown, self._length) >= enough(self._length):
            self._end_sentence(len(before))
        return self.shown[len(before) :]

    def _end_sentence(self, since: int) -> None:
        """Prose stops at the end of a sentence near the length; a sentence that runs past the most ends the reply."""
        ends = sentence_ends(self.shown)
        for end in ends:
            if end > since and reached(self.shown[:end], self._length) >= enough(self._length):
                self.shown = self.shown[:end]
                self.full = True
                return
        limit = LONGEST * self._length.count
        # `finished` takes the sentence off that ran on.
        self.full = reached(self.shown, self._length) > limit and any(
            reached(self.shown[:end], self._length) >= (2 - LONGEST) * self._length.count for end in ends
        )


def enough(length: Length) -> float:
    """Words or characters from which on prose may end with a sentence: half a sentence before the length."""
    half = 12 if length.unit == "characters" else 8
    return max(SHORTEST * length.count, length.count - half)


def sentence_ends(text: str) -> list[int]:
    """Where sentences end that have a mark at their end."""
    return [end for start, end in sentences(text) if text[start:end].endswith(CLOSED) and not _short_form(text[:end])]


def _short_form(text: str) -> bool:
    """Whether a text breaks off after "Dr." or the like; "no" and "etc" may well be last words."""
    last = text[-12:].split()
    word = last[-1].rstrip(".").lower() if last and last[-1].endswith(".") else ""
    return word in SHORT_FORMS and word not in ("no", "etc")


def finished(text: str, finish: Finish, length: Length, *, verse: bool, opening: str = "", quoted: bool = False) -> str:
    """The final text of a reply: a cut-off last line or sentence is taken off, unless the writer pressed stop.

    Prose ends with the sentence whose end is nearest to the length. `opening` stays as it is; `quoted` keeps quotation
    marks around the whole.
    """
    if opening and text.startswith(opening):
        rest = re.sub(r"[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", text[len(opening) :])).rstrip()
        text = opening + rest
    else:
        text = re.sub(r"[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", text)).strip()
        text = text if quoted else unquote(text)
    if finish == "stopped" or not text:
        return text
    if verse:
        found = lines(text)
        if finish == "length" and len(found) > 1 and len(found) < length.count:
            return text[: found[-2][1]]
        return text
    ends = [end for end in sentence_ends(text) if end >= max(len(opening), len(text) * 0.5)]
    if not ends:
        return text
    return text[: min(ends, key=lambda end: (abs(reached(text[:end], length) - length.count), -end))]


def closed_verse(text: str) -> str:
    """Verse that ended at its number of lines in the middle of a sentence, with a full stop for the comma or dash.

    Verse that ends no sentence elsewhere, or more lines with a dash, keeps to its own way.
    """
    dashed = sum(text[end - 1] in "—–" for _, end in lines(text)) > 1
    body = text.rstrip(",;:，；：、" + ("" if dashed else "—– "))
    if body in (text, "") or body.endswith("\n") or not any(mark in text for mark in ".!?。！？"):
        return text
    return body + ("" if body[-1] in ".!?。！？…" else "。" if is_chinese(body) else ".")


def unquote(text: str) -> str:
    """Take off quotation marks around the whole text."""
    for left, right in (('"', '"'), ("“", "”"), ("「", "」"), ("『", "』")):
        inner = text[1:-1]
        if len(text) > 2 and text[0] == left and text[-1] == right and left not in inner and right not in inner:
            return inner.strip()
    return text


def tokens_for(length: Length, language: str) -> int:
    """Most tokens a reply of this length needs, with room for an ending.

    About 10 tokens a line and 1.35 a word in English for byte-pair vocabularies; small English models spell a Chinese
    character in up to 3 tokens.
    """
    chinese = language == "zh"
    per = {"lines": 30 if chinese else 13, "words": 1.6, "characters": 2.6}[length.unit]
    return max(24, round(length.count * per) + 24)


def in_language(text: str, language: str) -> bool:
    """Whether a text is in the script of the language that was asked for."""
    return is_chinese(text) if language == "zh" else not is_chinese(text)
