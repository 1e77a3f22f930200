"""Hangs the fleet, the closed-loop Buyer and the judge on Locust; nothing else happens when this is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tacorush.cli.live_view import LiveView
from tacorush.cli.screen import Screen
from tacorush.fleet.buyer import Buyer
from tacorush.fleet.register import register

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tacorush.fleet.watching import Watch

__all__ = ["Buyer"]


def judge(run_file: Path, slo: Path) -> int:
    """Judges a finished run as `tacorush run` does: pages beside it, verdict on the screen, its exit code returned."""
    # The judge needs pandas and matplotlib, which a worker never does.
    from tacorush.cli.conclusion import conclude

    return conclude(run_file, slo)


def watch(slo_text: str, source: str, about: Mapping[str, Any]) -> Watch | None:
    """What may end a run early: its objectives with `abort`, judged as they are at the end."""
    if "abort" not in slo_text:
        return None
    from reports.objectives.watching import watch as watching

    return watching(slo_text, source, about)


register(judge, Screen(sys.stdout), watch, LiveView())
