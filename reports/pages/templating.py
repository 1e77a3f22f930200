"""Templates into pages that need nothing else: style and script stand inside.

Everything can be read without JavaScript; a page's one script, which its policy names by its digest so that no other
can run, makes tables sortable.

Whatever came from outside (names, error texts, ids) is escaped by the template engine; only drawings that we made are
put in as they are. A name that a template uses and that is not there raises, so no page has silent holes.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import wording
from reports.pages.methods import SPARK_HEIGHT, SPARK_WIDTH

STYLE, SCRIPT = "report.css", "report.js"


def render(template: str, *styles: str, **values: Any) -> str:
    """Returns a page: the template with its values, in the report's style and further ones."""
    environment = Environment(
        loader=PackageLoader("reports.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    script = _source(environment, SCRIPT)
    return environment.get_template(template).render(
        style=Markup("".join(_source(environment, name) for name in (STYLE, *styles))),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704 -- our own file
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        spark_box=f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}",
        plural=wording.plural,
        count=wording.count,
        seconds=wording.seconds,
        **values,
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None, "templates are loaded from this package"
    return environment.loader.get_source(environment, name)[0]
