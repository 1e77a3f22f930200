"""Asks Prometheus (or what speaks its HTTP API) one range query a question, and keeps what a chart can show.

Nothing here raises because of what was answered: an observation says itself why it is missing. When nobody answers at
all, the further questions are not asked, so that a run never waits longer for its monitoring than `PATIENCE_S`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from tacorush.cli.observing.fetch import NoAnswerError
from tacorush.evidence.observed import MOST_POINTS, MOST_SERIES, Observation, ObservedSeries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tacorush.cli.observing.queries import Query

PATIENCE_S = 10.0
"""How long one question may take."""
FIRST_PATIENCE_S = 2.0
"""How long it may take to say that it is there, while a run waits to begin."""
DIGITS = 6
"""Significant ones of a value that is kept."""
MOST_LETTERS = 300
"""Of what Prometheus says is wrong."""
SUCCESS, UNAUTHORIZED, FORBIDDEN = 200, 401, 403


class AddressError(ValueError):
    """An address that Prometheus cannot have: says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a run, in steps as a chart has them; ends are included."""

    t0_ns: int
    length_s: int

    @property
    def step_s(self) -> int:
        """Whole seconds from one point to the next."""
        return max(1, math.ceil(self.length_s / (MOST_POINTS - 1)))

    @property
    def points(self) -> int:
        """How many points a series has."""
        return self.length_s // self.step_s + 1

    @property
    def start_s(self) -> float:
        """T0 in Unix seconds."""
        return self.t0_ns / 1e9


def checked_address(text: str) -> str:
    """Returns the address without a slash at its end; raises AddressError."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment:
        raise AddressError(
            f"{text!r} is no address of a Prometheus: write http://HOST:9090, with its path if it has one"
        )
    if parts.username is not None:
        raise AddressError(
            "an address with a password would stand in the run file and in the report: leave it out, and set "
            "TACORUSH_OBSERVE_AUTHORIZATION to what the header Authorization has to say"
        )
    return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Who is asked, and how: `get` brings status and body of an address, or raises NoAnswerError."""

    address: str
    get: Callable[[str, Mapping[str, str], float], tuple[int, bytes]]
    clock: Callable[[], int]
    """Unix nanoseconds."""
    authorization: str = ""
    """What the header of this name says; empty for none."""

    def silence(self) -> str:
        """Returns why nobody answers there now; empty when somebody does."""
        try:
            status, _ = self.get(f"{self.address}/api/v1/query?query=1", self._headers, FIRST_PATIENCE_S)
        except NoAnswerError as failure:
            return str(failure)
        return "" if status == SUCCESS else _unwilling(status)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json"} | ({"Authorization": self.authorization} if self.authorization else {})

    def ask(self, queries: Iterable[Query], window: Window) -> Iterator[Observation]:
        """Yields what came of each query, in their order."""
        silent = ""
        for query in queries:
            try:
                found, left_out, missing = self._ask(query, window) if not silent else ((), 0, silent)
            except NoAnswerError as failure:
                found, left_out, missing = (), 0, str(failure)
                silent = "not asked, as nobody answered the query before"
            yield Observation(
                name=query.name,
                expr=query.expr,
                unit=query.unit,
                panel=query.chart,
                source=self.address,
                asked_ns=self.clock(),
                step_s=window.step_s,
                series=found,
                left_out=left_out,
                missing=missing,
            )

    def _ask(self, query: Query, window: Window) -> tuple[tuple[ObservedSeries, ...], int, str]:
        end = window.start_s + (window.points - 1) * window.step_s
        asked = {"query": query.expr, "start": f"{window.start_s:.3f}", "end": f"{end:.3f}", "step": str(window.step_s)}
        status, body = self.get(f"{self.address}/api/v1/query_range?{urlencode(asked)}", self._headers, PATIENCE_S)
        try:
            answer = json.loads(body)
            if isinstance(answer, dict) and answer.get("status") == "error":
                return (), 0, _cut(f"Prometheus says: {answer.get('errorType')}: {answer.get('error')}")
            if status != SUCCESS:
                return (), 0, _unwilling(status)
            found = [_series(row, window) for row in answer["data"]["result"]]
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return (), 0, _unwilling(status) if status != SUCCESS else "what answers there is no Prometheus"
        found = [each for each in found if any(value is not None for value in each.values)]
        if not found:
            return (), 0, "it has no values of the time of the run"
        found.sort(key=lambda each: (-max(v for v in each.values if v is not None), sorted(each.labels.items())))
        return tuple(found[:MOST_SERIES]), max(0, len(found) - MOST_SERIES), ""


def _unwilling(status: int) -> str:
    way_out = "; set TACORUSH_OBSERVE_AUTHORIZATION" if status in (UNAUTHORIZED, FORBIDDEN) else ""
    return f"it answered with HTTP status {status}{way_out}"


def _series(row: Mapping[str, Any], window: Window) -> ObservedSeries:
    """Lays the points of an answer on the steps of the run."""
    values: list[float | None] = [None] * window.points
    for at, text in row["values"]:
        place = round((float(at) - window.start_s) / window.step_s)
        value = float(text)
        if 0 <= place < len(values) and math.isfinite(value):
            values[place] = float(f"{value:.{DIGITS}g}")
    return ObservedSeries({str(name): str(label) for name, label in sorted(row["metric"].items())}, tuple(values))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"
