"""The settings in force, which an operator can change while the platform runs.

Whoever follows a figure holds the Configuration and reads `current` each time. A change takes effect at once, or waits
with others until it is applied.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from typing import TYPE_CHECKING, Any

from fakes.failures import invalid, required

if TYPE_CHECKING:
    from fakes.settings import Settings

LONGEST_S = 1e9
"""The longest span that can be set: a time beyond it could not be written as a timestamp."""

_FIXED = frozenset({"webhook_secret", "time_scale", "hold_status"})


class Configuration:
    """The settings in force."""

    def __init__(self, settings: Settings) -> None:
        self.current = settings
        self.waiting: dict[str, float] = {}
        """Changes that are not in force yet, by key."""
        self._keys = {
            field.name: type(getattr(settings, field.name))
            for field in dataclasses.fields(settings)
            if isinstance(getattr(settings, field.name), int | float) and field.name not in _FIXED
        }

    @property
    def keys(self) -> tuple[str, ...]:
        """What can be changed."""
        return tuple(self._keys)

    def change(self, key: str, text: str, *, at_once: bool) -> tuple[str, str]:
        """Sets one figure; returns what was in force and what was asked, as text. Refuses what is no figure."""
        required(config_key=key, config_value=text)
        if key not in self._keys:
            near = difflib.get_close_matches(key, self._keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self._keys)}"
            raise invalid("config_key", f"there is no figure {key!r}; {hint}")
        value = self._parse(key, text)
        old = getattr(self.current, key)
        if at_once:
            self.waiting.pop(key, None)
            self._set({key: value})
        else:
            self.waiting[key] = value
        return f"{old:g}", f"{value:g}"

    def apply(self) -> list[str]:
        """Puts in force what waits; returns the keys."""
        changes, self.waiting = self.waiting, {}
        self._set(changes)
        return list(changes)

    def _set(self, changes: dict[str, Any]) -> None:
        self.current = dataclasses.replace(self.current, **changes)

    def _parse(self, key: str, text: str) -> float:
        try:
            value: float = self._keys[key](text)
        except ValueError:
            kind = "a whole number" if self._keys[key] is int else "a number"
            raise invalid("config_value", f"{key} is {kind}, not {text!r}") from None
        if math.isnan(value) or value < 0 or (_is_span(key) and value > LONGEST_S):
            raise invalid("config_value", f"{key} cannot be {text}")
        return value


def _is_span(key: str) -> bool:
    return key.endswith(("_s", "_hours")) and not key.endswith("_per_s")
