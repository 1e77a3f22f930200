"""How addresses are written: `HOST:PORT`, or one for each entrance of the platform.

A host is a name, an IPv4 address or an IPv6 address in brackets. Whatever cannot be an address is refused with what was
found and what is allowed, before anything is connected.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.catalogue import PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRANCES = tuple(PORTS)
"""The entrances of a platform, in the order in which they are shown: gateway, reservation, inventory, payment."""

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]=,@]+):(?P<port>[0-9]{1,5})", re.ASCII)


class TargetError(ValueError):
    """A target cannot be used as it is written: says what was found, where, and what is allowed, in one line."""


def split_address(text: str) -> tuple[str, int]:
    """Reads `HOST:PORT` into host (an IPv6 one without brackets) and port; raises TargetError for anything else."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise TargetError(f"{text!r} is no address: write HOST:PORT{_what_is_wrong(text)}")
    port = int(match["port"])
    if not 1 <= port <= 65535:
        raise TargetError(f"{text!r} is no address: a port is a number from 1 to 65535")
    return match["host"].strip("[]"), port


def split_listening(text: str) -> tuple[str, int]:
    """Reads where to listen: `HOST:PORT`, port 0 for a free one; raises TargetError for anything else.

    The host is also what the other side is told to call, so that one which stands for all of them does not do.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise TargetError(f"{text!r} is nowhere to listen: write HOST:PORT, with port 0 for a free one")
    host = match["host"].strip("[]")
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - refused here
        raise TargetError(f"{text!r} names no host: write the one under which the platform can call this machine")
    return host, int(match["port"])


def _what_is_wrong(text: str) -> str:
    if "://" in text:
        return f", without {text.partition('://')[0]}://"
    if text.count(":") > 1 and "[" not in text:
        return ", an IPv6 host in brackets, as [::1]:8080"
    return ", as 127.0.0.1:8080"


def everywhere(address: str) -> Mapping[str, str]:
    """Returns the addresses of a platform that serves everything at one place; raises TargetError."""
    split_address(address)
    return MappingProxyType(dict.fromkeys(ENTRANCES, address))


def by_entrance(addresses: Mapping[str, str]) -> Mapping[str, str]:
    """Checks that every entrance has an address and nothing else has; raises TargetError that names the entrance."""
    allowed = ", ".join(ENTRANCES)
    for name, address in addresses.items():
        if name not in ENTRANCES:
            raise TargetError(f"{name!r} is no entrance of the platform: allowed are {allowed}")
        split_address(address)
    missing = [name for name in ENTRANCES if name not in addresses]
    if missing:
        raise TargetError(f"no address for {', '.join(missing)}: all of {allowed} need one (the same may stand twice)")
    return MappingProxyType({name: addresses[name] for name in ENTRANCES})


def read_addresses(text: str) -> Mapping[str, str]:
    """Reads `HOST:PORT` or `gateway=HOST:PORT,reservation=…,inventory=…,payment=…`; raises TargetError."""
    if "=" not in text:
        return everywhere(text)
    addresses: dict[str, str] = {}
    for part in text.split(","):
        name, _, address = (piece.strip() for piece in part.partition("="))
        if name in addresses:
            raise TargetError(f"{name} has two addresses in {text!r}: write one")
        addresses[name] = address
    return by_entrance(addresses)
