"""A Prometheus that answers from a script: what each query is answered with, and all that it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tacorush.cli.observing.fetch import NoAnswerError

Series = Mapping[str, list[tuple[float, str]]]
"""The value of the label `pod` to points: seconds after the start that was asked for, and the value as text."""


class ScriptedPrometheus:
    """Answers a query with series, with a status and a body, or not at all."""

    def __init__(self, answers: Mapping[str, Series | tuple[int, bytes] | str]) -> None:
        self._answers = answers
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def get(self, address: str, headers: Mapping[str, str], patience_s: float) -> tuple[int, bytes]:
        """What fetch.get does."""
        assert patience_s > 0
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(asked)
        self.headers.append(dict(headers))
        answer = self._answers[asked["query"]]
        if isinstance(answer, str):
            raise NoAnswerError(answer)
        if isinstance(answer, tuple):
            return answer
        return 200, matrix(answer, float(asked.get("start", 0)))


def matrix(series: Series, start_s: float) -> bytes:
    """The body of Prometheus for these series."""
    result: list[dict[str, Any]] = [
        {"metric": {"__name__": "m", "pod": pod}, "values": [[start_s + at, value] for at, value in points]}
        for pod, points in series.items()
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
