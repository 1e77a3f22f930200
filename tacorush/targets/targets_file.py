"""The targets file: platforms by name, and what each allows.

    targets:
      staging:
        addresses: tickets.staging.example:443     # or one for each entrance: gateway, reservation, inventory, payment
        allow_load: true                           # the owners have agreed to be loaded
        max_rate: 2000                             # calls a second of the whole run, all processes together
        events: [evt_loadtest_0]                   # optional: the events that may be bought
        promises: documented                       # optional: the profile whose admissions the audit holds it to
        tls: {ca: ca.pem}                          # optional: ca, certificate, key (files beside this one), server_name

A slip is told by file, line and field, with what was found and what is allowed. A name that stands twice is refused:
which of two limits holds must not be a matter of order.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr, ValidationError
from pydantic import model_validator as checked

from tacorush.targets.address import TargetError, by_entrance, everywhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    Place = tuple[str | int, ...]


def _addresses(found: Any) -> dict[str, str]:
    if isinstance(found, str):
        return dict(everywhere(found))
    if isinstance(found, Mapping) and all(isinstance(part, str) for pair in found.items() for part in pair):
        return dict(by_entrance(found))
    raise ValueError("write HOST:PORT, or HOST:PORT for each of gateway, reservation, inventory, payment")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TlsEntry(_Part):
    """TLS towards the target; an empty one takes the machine's own authorities."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""

    @checked(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: write both or neither")
        return self


class Entry(_Part):
    """One target as its file states it."""

    addresses: Annotated[dict[str, str], BeforeValidator(_addresses)]
    allow_load: StrictBool = False
    max_rate: Annotated[float | None, Field(gt=0, strict=True)] = None
    """Calls a second of the whole run."""
    events: tuple[StrictStr, ...] = ()
    promises: Literal["", "documented", "deployed"] = ""
    """The profile whose figures of admission it promises; empty when none are known."""
    tls: TlsEntry | None = None

    @checked(mode="after")
    def _bounded(self) -> Self:
        if self.allow_load and self.max_rate is None:
            raise ValueError("allow_load: true needs max_rate, the calls a second that the target may get")
        return self


class _File(_Part):
    targets: dict[str, Entry]


def load(path: Path) -> dict[str, Entry]:
    """Reads a targets file; raises TargetError, one line, for what cannot be read or used."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise TargetError(f"cannot read the targets file {path}: {reason}") from None
    content, lines = _parse(path, text)
    try:
        entries = _File.model_validate(content).targets
    except ValidationError as error:
        raise _complaint(path, lines, error.errors()) from None
    return {name: _beside(path, name, entry, lines) for name, entry in entries.items()}


def _beside(path: Path, name: str, entry: Entry, lines: Mapping[Place, int]) -> Entry:
    """Finds the files of an entry beside the targets file; raises TargetError for one that is not there."""
    if entry.tls is None:
        return entry
    found: dict[str, Path] = {}
    for field in ("ca", "certificate", "key"):
        named = getattr(entry.tls, field)
        if named is None:
            continue
        found[field] = path.parent / named
        if not found[field].is_file():
            line = lines["targets", name, "tls", field]
            raise TargetError(f"{path}, line {line}: targets.{name}.tls.{field}: there is no file {found[field]}")
    return entry.model_copy(update={"tls": entry.tls.model_copy(update=found)})


def _parse(path: Path, text: str) -> tuple[Any, dict[Place, int]]:
    """Returns what the text holds, and the line of every key and item by its way from the top."""
    try:
        node, content = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TargetError(f"{path}, line {line}: this is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise TargetError(f"{path}: this is no YAML: {str(error).splitlines()[0]}") from None
    lines: dict[Place, int] = {}
    for place, line in _walk(node, ()):
        if place in lines:
            where = ".".join(map(str, place))
            raise TargetError(f"{path}, line {line}: {where} stands twice, first in line {lines[place]}: keep one")
        lines[place] = line
    return ({} if content is None else content), lines


def _walk(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 1
            yield from _walk(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*place, index), item.start_mark.line + 1
            yield from _walk(item, (*place, index))


_FIELDS: Mapping[int, tuple[str, ...]] = {
    1: tuple(_File.model_fields),
    3: tuple(Entry.model_fields),
    4: tuple(TlsEntry.model_fields),
}
"""Depth of a place to the fields that are allowed there."""


def _complaint(path: Path, lines: Mapping[Place, int], errors: list[ErrorDetails]) -> TargetError:
    first = errors[0]
    place = tuple(part for part in first["loc"] if part != "[key]")
    line = next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = ".".join(str(part) for part in place) or "the file"
    return TargetError(f"{path}, line {line}: {where}: {_what_is_wrong(place, first)}{more}")


def _what_is_wrong(place: Place, error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        allowed = _FIELDS[len(place)]
        near = difflib.get_close_matches(str(place[-1]), allowed, n=1)
        return f"no such field; allowed: {', '.join(allowed)}" + (f"; did you mean {near[0]}?" if near else "")
    if error["type"] == "missing":
        return "missing, and there is no default"
    if error["type"] in ("model_type", "dict_type"):
        return f"found {error['input']!r}: write fields, as `name: value`"
    said = error["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    found = error["input"]
    if isinstance(found, dict | list) or (isinstance(found, str) and repr(found) in said):
        return said
    return f"found {found!r}: {said}"
