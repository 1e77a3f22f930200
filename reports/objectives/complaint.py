"""What is wrong with a file of objectives: file, line, column, field, what was found and what is allowed.

The line of the file stands below, with carets under the wrong word.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Path = tuple[str | int, ...]
    """Keys and indexes that lead to a field."""

MOST_LISTED = 20
"""What is allowed is listed beside a probable meaning up to so many."""


class ObjectivesError(ValueError):
    """A file of objectives cannot be used; `complaints` has all that is wrong with it, the text the first of them."""

    def __init__(self, *complaints: str) -> None:
        more = f"\n(and {len(complaints) - 1} more, see `tacorush slo check`)" if complaints[1:] else ""
        super().__init__(complaints[0] + more)
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands in a text; lines and columns count from 0."""

    line: int
    column: int
    length: int
    text_column: int
    """Where the content begins: behind the quote of a quoted text."""

    def part(self, at: int, length: int) -> Spot:
        """The spot of a part of the content."""
        return Spot(self.line, self.text_column + at, length, self.text_column + at)


class Spots:
    """Where every key and value of a YAML text stands; `doubled` are the paths of keys that stand twice."""

    def __init__(self, text: str, source: str) -> None:
        self._source, self._lines = source, text.splitlines()
        self._keys: dict[Path, Spot] = {}
        self._values: dict[Path, Spot] = {}
        self.doubled: dict[Path, int] = {}
        """Path to the line, from 1, in which the key stands already."""
        self._walk(yaml.compose(text, Loader=yaml.SafeLoader), ())

    def key(self, path: Path) -> Spot | None:
        """The spot of a key, or of the nearest key around it."""
        return self._nearest(self._keys, path)

    def value(self, path: Path) -> Spot | None:
        """The spot of a value; of its key, or the nearest around it, where it has none."""
        return self._values.get(path) or self.key(path)

    def complaint(self, path: Path, said: str, spot: Spot | None = None) -> str:
        """Words what is wrong with the field of a path, at a spot."""
        spot = spot or Spot(0, 0, 1, 0)
        line = self._lines[spot.line] if spot.line < len(self._lines) else ""
        length = max(1, min(spot.length, len(line) - spot.column))
        return complaint(self._source, said, written(path), (spot.line + 1, spot.column + 1), line, length)

    def _nearest(self, spots: Mapping[Path, Spot], path: Path) -> Spot | None:
        return next((spots[path[:end]] for end in range(len(path), 0, -1) if path[:end] in spots), None)

    def _walk(self, node: yaml.Node | None, path: Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                if inner in self._keys:
                    self.doubled[inner] = self._keys[inner].line + 1
                self._keys[inner] = _spot(key)
                self._walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._keys[*path, index] = _first(item)
                self._walk(item, (*path, index))
        elif isinstance(node, yaml.ScalarNode) and (node.value or node.style):
            self._values[path] = _spot(node)


def _first(node: yaml.Node) -> Spot:
    if isinstance(node, yaml.MappingNode) and node.value:
        return _spot(node.value[0][0])
    return _spot(node)


def _spot(node: yaml.Node) -> Spot:
    start, end = node.start_mark, node.end_mark
    length = end.column - start.column if end.line == start.line else 1
    quoted = isinstance(node, yaml.ScalarNode) and node.style in {"'", '"'}
    return Spot(start.line, start.column, length, start.column + quoted)


def complaint(
    source: str, said: str, field: str = "", at: tuple[int, int] | None = None, line: str = "", length: int = 1
) -> str:
    """Words one complaint; `at` is line and column, both from 1, `line` the text of that line."""
    place = source if at is None else f"{source}, line {at[0]}, column {at[1]}"
    text = f"{place}: {field}: {said}" if field else f"{place}: {said}"
    if at is None or not line.strip():
        return text
    return f"{text}\n    {line.rstrip()}\n    {' ' * (at[1] - 1)}{'^' * length}"


def allowed(found: object, names: Iterable[str]) -> str:
    """Says that a word is none of the allowed ones, and which was probably meant."""
    known = sorted(names)
    near = difflib.get_close_matches(str(found), known, n=1)
    if near and len(known) > MOST_LISTED:
        return f"{found!r} is not allowed; did you mean {near[0]}?"
    if near:
        return f"{found!r} is not allowed; did you mean {near[0]}? (allowed: {', '.join(known)})"
    return f"{found!r} is not allowed; allowed: {', '.join(known) or 'nothing'}"


def written(path: Sequence[str | int]) -> str:
    """Writes a path: `objectives[0].where.method`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")
