"""Which method takes how long: every method to its model of latency.

    [METHOD=]MODEL    METHOD: gateway.v1.QueueService/JoinQueue, JoinQueue (of every service that has it), or * (all)

Without METHOD a model is for all. The nearest name counts, in whatever order they are given: the full one before the
short one before `*`; no name has two models. Each method draws from a chance of its own, so that one never moves
another. `*=recorded:FILE` gives every method its own times; one of which the file knows none answers at once. On a
stream every message is late by itself, and none overtakes another.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from contracts.catalogue import METHODS
from fakes.latency import NONE, RECORDED, Recorded, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from fakes.latency import Latency, Recording

    Recordings: TypeAlias = Callable[[str], Mapping[str, Recording]]
    """Reads a run file: the full names of its methods to what was recorded of each; ValueError says why it cannot."""

GRAMMAR = "[METHOD=]constant:20ms, lognormal:p50=20ms,p99=200ms, recorded:FILE (of a run) or none"
ALL = "*"


def latencies(texts: Sequence[str], recordings: Recordings, chance_of: Callable[[str], Random]) -> dict[str, Latency]:
    """Reads the models of all methods that have one, by full name; ValueError quotes what cannot be read."""
    models: dict[str, tuple[str, str]] = {}
    for text in texts:
        name, model = _split(text)
        if name in models:
            raise ValueError(f"latency {text!r}: {name} has a model already, {models[name][1]!r}")
        _check_name(name, text)
        models[name] = model, text
    read = cache(recordings)
    found: dict[str, Latency] = {}
    for method in METHODS.values():
        named = next((name for name in (method.name, method.short, ALL) if name in models), None)
        if named is None:
            continue
        model, text = models[named]
        if model.startswith(RECORDED):
            found[method.name] = _recorded(read, model, text, named, method.name, chance_of(method.name))
        else:
            found[method.name] = parse(model, chance_of(method.name))
    return found


def _split(text: str) -> tuple[str, str]:
    """The name and the model, which may hold an equals sign behind its colon."""
    name, equals, _ = text.partition(":")[0].partition("=")
    return (name, text[len(name) + 1 :]) if equals else (ALL, text)


def _check_name(name: str, text: str) -> None:
    known = {name for method in METHODS.values() for name in (method.name, method.short)}
    if name == ALL:
        return
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "write Method, package.Service/Method or *"
        raise ValueError(f"latency {text!r}: there is no method {name!r}; {hint}")


def _recorded(read: Recordings, model: str, text: str, named: str, method: str, chance: Random) -> Latency:
    file = model.removeprefix(RECORDED)
    try:
        recorded = read(file)
    except ValueError as error:
        raise ValueError(f"latency {text!r}: {error}") from None
    if method in recorded:
        return Recorded(recorded[method], chance)
    if named == ALL:
        return NONE
    if named != method and any(name.endswith(f"/{named}") for name in recorded):
        return NONE
    names = ", ".join(sorted({name.rpartition("/")[2] for name in recorded})) or "no method"
    raise ValueError(f"latency {text!r}: {file} holds no answers of {named}, only of {names}")
