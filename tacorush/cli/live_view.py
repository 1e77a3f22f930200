"""What Locust's web page gets of us while a run goes on: the live page, and the command whose lines it shows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class LiveView:
    """Handed to the fleet, which judges nothing and knows no page."""

    def page(self) -> str:
        """The live page; it asks for `live.json` beside it."""
        from reports.live.page import page  # a worker, and a run without a web page, need no templates

        return page()

    def words(self, run_file: Path) -> list[str]:
        """The command that says a line of JSON at each look at a run, the last with its verdict."""
        return [sys.executable, "-m", "tacorush.cli", "watch", "--json", str(run_file)]
