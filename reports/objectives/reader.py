"""Reads a small grammar word by word, and knows where it is: what is wrong is told with its place.

Every part may have spaces before it. Only ASCII digits are digits.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_SIGN = re.compile(r"[<>=!]+")
_TOKEN = re.compile(r"[+\-]?[A-Za-z0-9_.]+|[<>=!]+|\S")


class GrammarError(ValueError):
    """A text is no sentence of the grammar; says what is wrong, and where in the text."""

    def __init__(self, text: str, said: str, at: int, length: int) -> None:
        super().__init__(f"{text!r}: {said}")
        self.said = said
        self.at = at
        """Where the wrong word begins in the text, from 0."""
        self.length = max(1, length)
        """How long it is."""


class Reader:
    """A text and a place in it."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.last_number = ""
        self._last = 0, 0

    @property
    def at_end(self) -> bool:
        """Nothing but spaces is left."""
        return self.skip() == len(self.text)

    def skip(self) -> int:
        """Steps over spaces and returns the place."""
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1
        return self.place

    def rest(self) -> str:
        """What is left, without spaces before it."""
        return self.text[self.skip() :]

    def takes(self, part: str) -> bool:
        """Steps over `part` if it stands here, and says if it does."""
        if not self.rest().startswith(part):
            return False
        self._step(len(part))
        return True

    def word(self) -> str:
        """Steps over a word and returns it; empty when none stands here."""
        return self._match(_WORD)

    def sign(self) -> str:
        """Steps over signs of comparison and returns them; empty when none stands here."""
        return self._match(_SIGN)

    def peek_word(self) -> str:
        """The word that stands here; empty when none does."""
        found = _WORD.match(self.rest())
        return found[0] if found else ""

    def whole(self, what: str) -> int:
        """Steps over a whole number; raises GrammarError that asks for `what`."""
        if not self.number(what).is_integer() or "." in self.last_number:
            raise self.wrong_last(f"{self.last_number} is no whole number; {what} must stand here")
        return int(self.last_number)

    def number(self, what: str) -> float:
        """Steps over a number and returns it; raises GrammarError that asks for `what`."""
        found = self._match(_NUMBER)
        if found:
            self.last_number = found
            return float(found)
        here = _TOKEN.match(self.rest())
        token = here[0] if here else ""
        if not token:
            raise self.wrong(f"{what} must stand here, a number such as 500 or 0.01")
        why = {"-": "; there are no signs", "+": "; there are no signs", ".": "; write a digit before the point"}
        raise self.wrong(f"{token!r} is no number such as 500 or 0.01{why.get(token[0], '')}", token)

    def wrong(self, said: str, token: str | None = None) -> GrammarError:
        """The error of what stands here: of `token`, or of the word or sign that does."""
        here = _TOKEN.match(self.rest())
        found = token if token is not None else here[0] if here else ""
        return GrammarError(self.text, said, self.skip(), len(found))

    def wrong_last(self, said: str) -> GrammarError:
        """The error of what was stepped over last."""
        start, end = self._last
        return GrammarError(self.text, said, start, end - start)

    def near(self, word: str, known: Iterable[str]) -> str:
        """The known word that is nearest; empty when none is near."""
        found = difflib.get_close_matches(word.lower(), list(known), n=1)
        return found[0] if found else ""

    def _match(self, form: re.Pattern[str]) -> str:
        found = form.match(self.text, self.skip())
        if found is None:
            return ""
        self._step(len(found[0]))
        return found[0]

    def _step(self, length: int) -> None:
        self._last = self.place, self.place + length
        self.place += length
