"""The four pairs of transport and server, and how a test of whole runs is run by each without knowing of it.

A module or a test that is marked with `NIGHTLY_BY_PAIR` or one of its kind is run once for each pair that the mark
names: the processes that it is given start every `tacorush run`, `tacorush fakes` and `locust` with that pair. Of these
only wire with wire, the default of both, is part of `make test`; the others come nightly. What `make test` asks of
every pair is in `test_pair_outcomes.py`.
"""

from __future__ import annotations

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.processes import Processes, Started

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Pair(NamedTuple):
    """What carries the calls, and what serves the bundled platform."""

    transport: str
    server: str

    def __str__(self) -> str:
        return "-".join(self)


KINDS = ("wire", "grpcio")
PAIRS = tuple(Pair(transport, server) for transport, server in product(KINDS, KINDS))
USUAL, REFERENCE = PAIRS[0], PAIRS[-1]
"""Wire with wire; and grpcio with grpcio, which says what a call means."""

KNOWN: Mapping[tuple[str, ...], tuple[str, ...]] = MappingProxyType(
    {("tacorush", "run"): ("transport", "server"), ("tacorush", "fakes"): ("server",), ("locust",): ("transport",)}
)
"""Command to those of its options that name a pair's ends."""


class PairedProcesses(Processes):
    """Processes of which those that know of transports and servers are started with one pair."""

    def __init__(self, folder: Path, pair: Pair) -> None:
        super().__init__(folder)
        self._pair = pair

    def start(self, name: str, words: Sequence[str], environment: Mapping[str, str] | None = None) -> Started:
        """Starts one process; see Processes."""
        return super().start(name, with_pair(words, self._pair), environment)


def with_pair(words: Sequence[str], pair: Pair) -> list[str]:
    """The words with the pair's options behind the command that knows them, wherever in the words it stands."""
    for command, options in KNOWN.items():
        for at in range(len(words)):
            end = at + len(command)
            if tuple(words[at:end]) == command:
                return [*words[:end], *(f"--{option}={getattr(pair, option)}" for option in options), *words[end:]]
    return list(words)


def _by(pairs: Mapping[str, Pair]) -> pytest.MarkDecorator:
    nightly = {name: () if pair == USUAL else (pytest.mark.nightly,) for name, pair in pairs.items()}
    found = [pytest.param(pair, id=name, marks=nightly[name]) for name, pair in pairs.items()]
    return pytest.mark.parametrize("pair", found, indirect=True)


NIGHTLY_BY_PAIR = _by({str(pair): pair for pair in PAIRS})
NIGHTLY_BY_TRANSPORT = _by({transport: Pair(transport, USUAL.server) for transport in KINDS})
"""For platforms that are not ours."""
NIGHTLY_BY_SERVER = _by({server: Pair(USUAL.transport, server) for server in KINDS})
"""For clients that are not ours."""
