"""Exit codes, and the one way in which a command says that it cannot do what was asked."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EXIT_PASS = 0
EXIT_FAIL = 1
EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3

EXIT_OF_VERDICT: Mapping[str, int] = MappingProxyType(
    {"PASS": EXIT_PASS, "FAIL": EXIT_FAIL, "INCONCLUSIVE": EXIT_INCONCLUSIVE}
)
"""Verdict to exit code; a verdict that is not listed raises KeyError."""

EXIT_OF_INCONCLUSIVE: Mapping[str, int] = MappingProxyType(
    {"exit3": EXIT_INCONCLUSIVE, "fail": EXIT_FAIL, "pass": EXIT_PASS}
)
"""What `--inconclusive` takes, to the exit code of that verdict."""


def exit_code(verdict: str, inconclusive: str = "exit3") -> int:
    """Returns the exit code of a verdict, with what INCONCLUSIVE means to whoever asked."""
    return EXIT_OF_INCONCLUSIVE[inconclusive] if verdict == "INCONCLUSIVE" else EXIT_OF_VERDICT[verdict]


class UsageError(Exception):
    """What was asked cannot be done: says what is wrong, where, and what to do, in one line; ends with exit code 2."""
