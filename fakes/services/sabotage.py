"""Incidents as an operator's figures: `incident.NAME` is set like any other, at once or with the next REFRESH_CONFIG.

A value is what follows the name on the command line (`p=0.1,count=5@..10s`), `on` for the incident's own settings, or
`off`. A service that the change names is the one whose calls it strikes. The window counts from the moment when it
comes into force. What an incident did before it was set anew stays counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.controls import known
from fakes.failures import invalid, required
from fakes.incidents.planted import cannot, read
from fakes.incidents.setting import NARROWING

if TYPE_CHECKING:
    from fakes.incidents.planted import Planted

PREFIX = "incident."
ON, OFF = "on", "off"


class Sabotage:
    """The incidents of one platform, as an operator plants and ends them."""

    def __init__(self, incidents: Planted) -> None:
        self._incidents = incidents
        self._waiting: dict[str, str] = {}

    def change(self, key: str, value: str, *, at_once: bool, service: str = "") -> tuple[str, str]:
        """Sets `incident.NAME`; returns the old value and the new one. Refuses what cannot be planted."""
        required(config_key=key, config_value=value)
        name = key.removeprefix(PREFIX)
        if service and value != OFF:
            value = narrowed(value, known(service))
        self.check(name if value == OFF else as_text(name, value))
        old = self.value(name)
        if at_once:
            self._waiting.pop(name, None)
            self._set(name, value)
        else:
            self._waiting[name] = value
        return old, value

    def apply(self) -> list[str]:
        """Puts in force what waits; returns the keys."""
        waiting, self._waiting = self._waiting, {}
        for name, value in waiting.items():
            self._set(name, value)
        return [PREFIX + name for name in waiting]

    def value(self, name: str) -> str:
        """What an incident is set to now."""
        incident = self._incidents.find(name)
        if incident is None or incident.setting.ended:
            return OFF
        return incident.setting.text.removeprefix(name).removeprefix(":") or ON

    def plant(self, text: str) -> str:
        """Plants `NAME:…@…`; returns what was done, in words."""
        self.check(text)
        return f"incident {self._incidents.plant(text).name} is planted"

    def end(self, name: str) -> str:
        """Ends an incident; returns what was done, in words."""
        self.check(name)
        incident = self._incidents.find(name)
        if incident is None or incident.setting.ended:
            return f"incident {name} was not planted"
        incident.end()
        return f"incident {name} has ended"

    def check(self, text: str, field: str = "config_value") -> None:
        """Refuses INVALID_ARGUMENT what cannot be planted here, as said in this field."""
        try:
            setting = read(text)
        except ValueError as error:
            raise invalid(field, str(error)) from None
        if not self._incidents.can_plant(setting.name):
            raise invalid(field, cannot(setting.name))

    def _set(self, name: str, value: str) -> None:
        if value == OFF:
            self.end(name)
        else:
            self._incidents.plant(as_text(name, value))


def narrowed(value: str, service: str) -> str:
    """The same value for the calls of one service. Refuses one that says itself which calls it strikes."""
    settings, at, window = value.partition("@")
    if any(part.partition("=")[0] in NARROWING for part in settings.split(",")):
        raise invalid("service", f"{value!r} names the calls already; leave either them or the service out")
    kept = "" if settings in ("", ON) else f",{settings}"
    return f"service={service}{kept}{at}{window}"


def as_text(name: str, value: str) -> str:
    """An incident's name and value as the command line has them."""
    if value == ON:
        return name
    return name + value if value.startswith("@") else f"{name}:{value}"
