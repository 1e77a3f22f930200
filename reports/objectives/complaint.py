"""What is wrong with a file of objectives, in one line: file, line, field, what was found, and what is allowed."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ObjectivesError(ValueError):
    """A file of objectives cannot be used; the text says file, line, field, what was found and what is allowed."""


def complaint(source: str, line: int | None, field: str, found: str) -> ObjectivesError:
    """Returns the error for one field; `line` counts from 1, `found` says what was found and what is allowed."""
    place = f"{source}, line {line}" if line else source
    return ObjectivesError(f"{place}: {field}: {found}" if field else f"{place}: {found}")


def allowed(found: object, names: Iterable[str]) -> str:
    """Says that a word is none of the allowed ones, and which was probably meant."""
    known = sorted(names)
    near = difflib.get_close_matches(str(found), known, n=1)
    if near:
        return f"{found!r} is not allowed; did you mean {near[0]}? (allowed: {', '.join(known)})"
    return f"{found!r} is not allowed; allowed: {', '.join(known) or 'nothing'}"


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Returns the line, from 1, where a path of keys and indexes begins in a YAML text; the deepest that exists."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = None if node is None else node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
