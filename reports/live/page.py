"""The live page: asks for `live.json` beside it once a second and shows what it says; nothing else is asked for.

The page is the same for every run. Its one style and one script are its own, and the policy names the script by its
digest so that no other can run; what comes from outside is set as text.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def page() -> str:
    """Returns the whole page."""
    environment = Environment(
        loader=PackageLoader("reports.live", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shared = Environment(loader=PackageLoader("reports.pages", "templates"), autoescape=True)
    style = _source(shared, "report.css") + _source(environment, "live.css")
    script = _source(environment, "live.js")
    return environment.get_template("live.html.j2").render(
        style=Markup(style),  # noqa: S704 -- our own file
        script=Markup(script),  # noqa: S704 -- our own file
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None, "made with one"
    return environment.loader.get_source(environment, name)[0]
