"""The JSON Schema of files of queries, made from the models that check them.

`make docs` writes it and a test holds it to the models. An editor with a YAML language server completes and checks a
file that begins with `# yaml-language-server: $schema=` and the path to it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tacorush.cli.observing.queries import Queries

FILE = Path(__file__).parents[3] / "deploy" / "observe.schema.json"
"""Where the published schema lies."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text() -> str:
    """Returns the content of `FILE`."""
    made = {"$schema": _DIALECT, **Queries.model_json_schema(), "title": "Tacorush queries"}
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes the schema."""
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
    return 0
