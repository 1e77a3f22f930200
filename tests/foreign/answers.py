"""Small words that every service of the foreign platform uses."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

Clock = Callable[[], float]
"""Seconds since 1970."""


class Refusal(Exception):  # noqa: N818 - a business answer, not an error of the program
    """A business failure, told as a native gRPC status."""

    def __init__(self, status: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def refuse(status: grpc.StatusCode, text: str) -> NoReturn:
    """Ends the call with a native status."""
    raise Refusal(status, text)


def invalid(text: str) -> NoReturn:
    """The request makes no sense."""
    refuse(grpc.StatusCode.INVALID_ARGUMENT, text)


def not_now(text: str) -> NoReturn:
    """The request makes sense, but the thing is not in the state for it."""
    refuse(grpc.StatusCode.FAILED_PRECONDITION, text)


def missing(what: str) -> NoReturn:
    """There is no such thing."""
    refuse(grpc.StatusCode.NOT_FOUND, f"no such {what}")


def new_id() -> str:
    """An id as this platform gives them: a plain UUID."""
    return str(uuid.uuid4())


def stamp(seconds: float) -> Timestamp:
    """A point in time with its fraction."""
    whole = int(seconds)
    return Timestamp(seconds=whole, nanos=int((seconds - whole) * 1e9))


def chance(seed: int, what: str) -> random.Random:
    """A source of chance of its own for each thing, so that none shifts another's draws."""
    return random.Random(f"{seed}:{what}")


def page_of(items: list[Any], number: int, size: int) -> tuple[list[Any], bool]:
    """One page (counted from 1, 20 items unless told) and whether another follows."""
    size = min(size, 100) if size > 0 else 20
    start = (max(number, 1) - 1) * size
    return items[start : start + size], start + size < len(items)
