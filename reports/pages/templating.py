"""Templates into pages that need nothing else: style and script stand inside.

A page has one script, which its policy names by its digest so that no other can run. A report's makes tables sortable,
and everything can be read without it.

Whatever came from outside (names, error texts, ids) is escaped by the template engine; only drawings that we made are
put in as they are. A name that a template uses and that is not there raises, so no page has silent holes.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import wording
from reports.pages.methods import SPARK_HEIGHT, SPARK_WIDTH

STYLE, SCRIPT = "report.css", "report.js"
PACKAGE = "reports.pages"


def render(template: str, *styles: str, script: str = SCRIPT, package: str = PACKAGE, **values: Any) -> str:
    """Returns a page: the template with its values, in the report's style and further ones.

    Templates, styles and scripts lie in the folder `templates` of `package`, or of this one.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(PACKAGE)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    code = _source(environment, script)
    return environment.get_template(template).render(
        style=Markup("".join(_source(environment, name) for name in (STYLE, *styles))),  # noqa: S704 -- our own files
        script=Markup(code),  # noqa: S704 -- our own file
        script_digest=base64.b64encode(hashlib.sha256(code.encode()).digest()).decode(),
        spark_box=f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}",
        plural=wording.plural,
        count=wording.count,
        seconds=wording.seconds,
        **values,
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None, "made with one"
    return environment.loader.get_source(environment, name)[0]
