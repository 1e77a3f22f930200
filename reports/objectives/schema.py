"""The JSON Schema of files of objectives, made from the models that check them.

`make docs` writes it and a test holds it to the models. An editor with a YAML language server completes and checks a
file that begins with `# yaml-language-server: $schema=` and the path to it. What the schema cannot say (which filter
fits which metric, and the grammar to the last word) `tacorush slo check` says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reports.objectives.metric import CALLS, SECONDS
from reports.objectives.metrics import METRICS
from reports.objectives.objective import Objectives

FILE = Path(__file__).parents[2] / "slo" / "schema.json"
"""Where the published schema lies."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER, _LENGTH = r"[0-9]+(\.[0-9]+)?", r"[0-9]+(\.[0-9]+)?\s*(ms|s|m|h)"
_ASKED = rf"\s*(p\s*\(\s*{_NUMBER}\s*\)|avg|med|min|max|rate|count|burn)\s*(<=|>=|==|!=|<|>)\s*{_NUMBER}"
_PATTERNS = {
    "expression": rf"^{_ASKED}\s*$",
    "recovers": rf"^{_ASKED}\s+within\s+{_LENGTH}\s+after\s+([A-Za-z][A-Za-z0-9_-]*|{_LENGTH})\s*$",
    "every": r"^\s*[0-9]+\s*(s|m|h)?\s*(,\s*at\s+most\s+[0-9]+\s+windows?\s+of\s+[0-9]+\s+may\s+miss\s*)?$",
}


def schema() -> dict[str, Any]:
    """Returns the schema of a whole file of objectives."""
    made: dict[str, Any] = _tidied(Objectives.model_json_schema(by_alias=True))
    objective = made["$defs"]["Objective"]
    fields = objective["properties"]
    fields["metric"]["enum"] = sorted(METRICS)
    fields["by"]["enum"] = [CALLS, SECONDS]
    fields["where"]["propertyNames"] = {"enum": sorted({key for row in METRICS.values() for key in row.filters})}
    for name, pattern in _PATTERNS.items():
        texts = [kind for kind in fields[name]["anyOf"] if kind.get("type") == "string"]
        texts[0]["pattern"] = pattern
    objective["oneOf"] = [{"required": ["expression"]}, {"required": ["recovers"]}]
    return {"$schema": _DIALECT, "title": "Tacorush objectives", **made}


def _tidied(node: Any) -> Any:
    """The same without pydantic's titles, which repeat names, and without None, which stands for what is left out."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: value for name, value in node.items() if not (name == "title" and isinstance(value, str))}
    if "anyOf" in kept:
        kept["anyOf"] = [kind for kind in kept["anyOf"] if kind != {"type": "null"}]
        kept = {name: value for name, value in kept.items() if not (name == "default" and value is None)}
    return {name: _tidied(value) for name, value in kept.items()}


def text() -> str:
    """Returns the content of `FILE`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes the schema."""
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
    return 0
