"""The live page: asks for `live.json` beside it once a second and shows what it says; nothing else is asked for.

The page is the same for every run; what comes from outside is set as text, by its script.
"""

from __future__ import annotations

from functools import cache

from reports.pages.templating import render


@cache
def page() -> str:
    """Returns the whole page."""
    return render("live.html.j2", "live.css", script="live.js", package="reports.live")
