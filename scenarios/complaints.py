"""What is wrong with a scenario file, said for people: file, line, field, what was found, what is allowed."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

    Place = tuple[int | str, ...]


_QUOTED = re.compile(r"'([^']*)'")
_MAPPINGS = frozenset({"model_type", "dict_type", "model_attributes_type"})
"""What pydantic calls it when something else stands where a mapping should."""


class ScenarioError(ValueError):
    """A scenario cannot be used; the text is one line that says where, what and what to do."""


def lines_of(text: str, file: str = "scenario") -> dict[Place, int]:
    """Returns the line, from 1, of every key and item of a YAML text that parses, by its path of keys and indices.

    Raises ScenarioError for a key that stands twice: YAML would quietly take the last.
    """
    found: dict[Place, int] = {}

    def walk(node: yaml.Node | None, path: Place) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = (*path, key.value)
                if place in found:
                    where = ".".join(str(part) for part in place)
                    again = key.start_mark.line + 1
                    raise ScenarioError(
                        f"{file}, line {again}: {where}: stands in line {found[place]} already; keep one"
                    )
                found[place] = key.start_mark.line + 1
                walk(value, place)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                found[*path, index] = item.start_mark.line + 1
                walk(item, (*path, index))

    walk(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return found


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """Returns the line of a place, or of the nearest place around it that stands in the file."""
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Returns `allowed: a, b` and, where one is near, `; did you mean a?`."""
    names = sorted(allowed)
    near = difflib.get_close_matches(word, names, n=1)
    return f"allowed: {', '.join(names)}" + (f"; did you mean {near[0]}?" if near else "")


def complain(
    file: str,
    lines: Mapping[Place, int],
    errors: Sequence[ErrorDetails],
    fields: Mapping[Place, Sequence[str]],
    tags: Container[str] = (),
) -> ScenarioError:
    """Makes the error of a file from one of pydantic's complaints.

    `fields` lists the known keys of each mapping, by its place or the end of it, indices left out; `tags` are the names
    by which parts of a file are told apart, which stand in pydantic's places and not in the file's. An unknown field
    goes before others: what seems missing is often only mistyped.
    """
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    loc = tuple(str(part) if isinstance(part, str) else part for part in first["loc"] if part != "[key]")
    place = (*_written(loc, tags), *first.get("ctx", {}).get("place", ()))
    if first["type"] == "union_tag_invalid":
        place = (*place, "profile")
    line = line_of(lines, place)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = ".".join(str(part) for part in place)
    return ScenarioError(f"{file}, line {line}: {_sentence(where, loc, first, fields, tags)}{more}")


def _written(loc: Place, tags: Container[str]) -> Place:
    """The place as it stands in the file: a tag comes right after the field or item that it tells apart."""
    return tuple(
        part
        for index, part in enumerate(loc)
        if not (index and part in tags and (loc[index - 1] == "arrivals" or isinstance(loc[index - 1], int)))
    )


def _known(loc: Place, fields: Mapping[Place, Sequence[str]]) -> Sequence[str]:
    words = tuple(part for part in loc if isinstance(part, str))
    return next((fields[words[start:]] for start in range(len(words) + 1) if words[start:] in fields), ())


def _sentence(
    where: str, loc: Place, error: ErrorDetails, fields: Mapping[Place, Sequence[str]], tags: Container[str]
) -> str:
    if error["type"] == "extra_forbidden":
        whose = f"profile {loc[-2]} has no such field" if loc[-2:-1] and loc[-2] in tags else "no such field"
        return f"{where}: {whose}; {did_you_mean(str(loc[-1]), _known(loc[:-1], fields))}"
    if error["type"] == "missing":
        return f"{where}: missing, and there is no default"
    if error["type"] in _MAPPINGS:
        weighs = error["type"] == "dict_type"
        allowed = "names and weights" if weighs else f"fields; {did_you_mean('', _known(loc, fields))}"
        return f"{where}: found {_shown(error['input'])}: it should be a mapping of {allowed}"
    if error["type"] == "union_tag_invalid":
        tag, tags = str(error["ctx"]["tag"]), str(error["ctx"]["expected_tags"])
        return f"{where}: found {tag!r}; {did_you_mean(tag, re.findall(_QUOTED, tags))}"
    if error["type"] == "union_tag_not_found":
        return f"{where}: found {_shown(error['input'])}: write profile and its figures"
    said = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error" and not where:
        return said
    found = (
        ""
        if isinstance(error["input"], dict | list) or error["type"] == "misfit"
        else f"found {_shown(error['input'])}: "
    )
    return f"{where}: {found}{_lowered(said)}" + _near(error)


def _near(error: ErrorDetails) -> str:
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    expected = str(error.get("ctx", {}).get("expected", ""))
    allowed = [part.strip(" '") for part in expected.replace(" or ", ",").split(",")]
    near = difflib.get_close_matches(error["input"], allowed, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
