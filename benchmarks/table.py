"""What a benchmark found: rows of figures with units, and the ratios between them that docs may quote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Table:
    """Rows of one benchmark, measured in one run."""

    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    """Column to value; units stand in the column's name."""
    ratios: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"benchmark": self.name, "rows": self.rows, "ratios": self.ratios}

    def as_text(self) -> str:
        """For people: one line a row, one a ratio."""
        lines = [self.name]
        lines += ["  " + ", ".join(f"{name} {_shown(value)}" for name, value in row.items()) for row in self.rows]
        lines += [f"  {name}: {_shown(value)}" for name, value in self.ratios.items()]
        return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
