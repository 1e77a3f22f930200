"""A target: the platform that a run drives, where it listens and what its owners allow.

Without a word it is the documented ports on this machine. `parse` reads the three ways of naming one; only a targets
file can allow load on another machine (see `permit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.catalogue import PORTS
from tacorush.targets import targets_file
from tacorush.targets.address import TargetError, read_addresses
from tacorush.wire.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tacorush.targets.targets_file import TlsEntry

__all__ = ["DOCUMENTED", "Target", "TargetError", "parse"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a platform is, and what may be done to it."""

    name: str
    """As it was asked for."""
    addresses: Mapping[str, str]
    """Entrance (gateway, reservation, inventory, payment) to HOST:PORT."""
    allow_load: bool = False
    """Its owners have agreed to be loaded."""
    max_rate: float | None = None
    """Calls a second that the whole run may send; None is no limit."""
    events: tuple[str, ...] = ()
    """The events that may be bought; empty leaves it to the scenario and the platform."""
    promises: str = ""
    """The profile whose figures of admission it promises; empty when none are known."""
    tls: Tls | None = None
    """None is plaintext."""
    file: str = ""
    """The targets file that names it."""

    def entrances(self, address: str) -> tuple[str, ...]:
        """Returns the entrances that listen at an address."""
        return tuple(name for name, other in self.addresses.items() if other == address)


DOCUMENTED = Target(
    "documented ports on 127.0.0.1",
    MappingProxyType({entrance: f"127.0.0.1:{port}" for entrance, port in PORTS.items()}),
)
"""What is meant when nothing is named: the documented port of each entrance, on this machine."""


def parse(text: str | None, file: Path | None = None) -> Target:
    """Reads what `--target` says: HOST:PORT, addresses by entrance, or a name from a targets file; None is DOCUMENTED.

    Raises TargetError, one line, for what is neither, and for a targets file that cannot be used.
    """
    if text is None:
        return DOCUMENTED
    text = text.strip()
    if ":" in text or "=" in text:
        return Target(text, read_addresses(text))
    if file is None:
        raise TargetError(
            f"{text!r} is no target: write HOST:PORT, or gateway=HOST:PORT,reservation=…,inventory=…,payment=…, "
            "or a name together with --targets-file FILE"
        )
    entries = targets_file.load(file)
    if text not in entries:
        known = ", ".join(sorted(entries)) or "none"
        raise TargetError(f"{file} names no target {text!r}: it has {known}")
    entry = entries[text]
    return Target(
        text,
        MappingProxyType(entry.addresses),
        allow_load=entry.allow_load,
        max_rate=entry.max_rate,
        events=entry.events,
        promises=entry.promises,
        tls=_tls(entry.tls),
        file=str(file),
    )


def _tls(entry: TlsEntry | None) -> Tls | None:
    return None if entry is None else Tls(entry.ca, entry.certificate, entry.key, entry.server_name)
