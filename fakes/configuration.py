"""The settings in force, which an operator can change while the platform runs.

Whoever follows a figure holds the Configuration and reads `current` each time. A change takes effect at once, or waits
with others until it is applied. What is changed here is in force as it is written: the time scale is not applied to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes import figures
from fakes.failures import invalid, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.figures import Figure
    from fakes.settings import Settings

_FIXED = frozenset({"webhook_secret", "eta_windows_s"})
"""What the platform looks at only when it starts."""


class Configuration:
    """The settings in force."""

    def __init__(self, settings: Settings) -> None:
        self.current = settings
        self.waiting: dict[str, Figure] = {}
        """Changes that are not in force yet, by key."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What can be changed."""
        return tuple(name for name in figures.KINDS if name not in _FIXED)

    def change(self, key: str, text: str, *, at_once: bool) -> tuple[str, str]:
        """Sets one figure; returns what was in force and what was asked, as text. Refuses what is no figure."""
        required(config_key=key, config_value=text)
        if key not in self.keys:
            raise invalid("config_key", f"there is no figure {key!r}; {figures.near(key, self.keys)}")
        try:
            value = figures.read(key, text)
        except ValueError as error:
            raise invalid("config_value", str(error)) from None
        old = figures.written(key, getattr(self.current, key))
        if at_once:
            self._set({key: value})
            self.waiting.pop(key, None)
        else:
            self.waiting[key] = value
        return old, figures.written(key, value)

    def apply(self) -> list[str]:
        """Puts in force what waits, all or nothing; returns the keys. Refuses what does not go together."""
        self._set(self.waiting)
        keys, self.waiting = list(self.waiting), {}
        return keys

    def _set(self, changes: Mapping[str, Figure]) -> None:
        try:
            self.current = figures.changed(self.current, changes)
        except ValueError as error:
            raise invalid("config_value", str(error)) from None
