"""The JSON Schema of scenario files, made from the models that check them.

`make docs` writes it and a test holds it to the models. An editor with a YAML language server completes and checks a
file that begins with `EDITOR_LINE`. What the models say in code is added: what may be left out, that a mix has kinds of
journeys and personas for its keys (any names where the file brings some of its own), a quantity numbers of seats, and
that a law may stand for itself by its bare name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from scenarios.journeys import KINDS
from scenarios.people import PERSONAS
from scenarios.scenario import Scenario

FILE = Path(__file__).with_name("schema.json")
"""Where the published schema lies."""
EDITOR_LINE = "# yaml-language-server: $schema={path}"
"""The first line of a scenario file that an editor completes; `path` leads from that file to the schema."""
_MAY_BE_LEFT_OUT = frozenset({"name", "rate", "duration"})
"""The file's name, and what arrivals say themselves; where they do not, loading the file says so."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Returns the schema of a whole scenario file."""
    made = _tidied(Scenario.model_json_schema(mode="validation"))
    made["required"] = [name for name in made["required"] if name not in _MAY_BE_LEFT_OUT]
    made["if"] = {"not": {"anyOf": [{"required": ["journeys"]}, {"required": ["personas"]}]}}
    made["then"] = {"properties": {"mix": {"propertyNames": {"enum": sorted({*KINDS, *PERSONAS})}}}}
    for law in ("EventLaw", "SeatLaw"):
        names = made["$defs"][law]["properties"]["law"]
        made["$defs"][law] = {"anyOf": [made["$defs"][law], {"enum": names["enum"]}]}
    made["$defs"]["People"]["properties"]["quantity"]["propertyNames"] = {"pattern": "^([1-9]|10)$"}
    return {"$schema": _DIALECT, "title": "Tacorush scenario", **made}


def _tidied(node: Any) -> Any:
    """The same without pydantic's titles, which repeat names, and without its `ge`, which is no word of JSON Schema."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _tidied(value)
        for name, value in node.items()
        if not (name == "ge" or (name == "title" and isinstance(value, str)))
    }


def text() -> str:
    """Returns the content of `FILE`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Writes the schema."""
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"wrote {FILE}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
