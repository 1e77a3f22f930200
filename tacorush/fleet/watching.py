"""The port between the fleet and what watches the objectives while a run goes on: handed in, for reports judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.evidence.records import Delta

LOOK_S = 5
"""Seconds between two looks at the objectives that may end a run."""


class Watch(Protocol):
    """Sees all evidence as it comes in."""

    def take(self, delta: Delta, /) -> None:
        """Takes in what a process saw."""
        ...

    def hopeless(self, second: int, oversold: int, /) -> str:
        """Says why the run may end in this second, by seats seen with two orders; empty while it goes on."""
        ...


if TYPE_CHECKING:
    MakeWatch = Callable[[str, str, Mapping[str, Any]], Watch | None]
    """From the text of the objectives, what it is called, and what the run file says of the run."""


def nobody(_text: str, _source: str, _about: Mapping[str, Any]) -> Watch | None:
    """Watches nothing."""
    return None
