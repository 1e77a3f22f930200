"""The permit to load a target, asked by every process that sends, before it connects and before each call.

This machine may always be loaded; another one only when a targets file says `allow_load: true` and `max_rate`. A name
counts as this machine when every address that it resolves to is a loopback address, and what is connected to is then
one of these addresses and no longer the name, which may mean another machine at the next reconnect. The limit is a
leaky bucket (GCRA) in whole nanoseconds: in any time of w seconds at most max_rate × share × (w + 0.1) + 1 calls are
let through, and calls that keep their distance are never refused.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from gevent.monkey import get_original

from tacorush.targets.address import split_address

if TYPE_CHECKING:
    from tacorush.targets.target import Target

BURST_NS = 100_000_000
"""How far a process may run ahead of the limit: what a tenth of a second allows."""

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses; raises OSError when the name leads nowhere."""

Listens: TypeAlias = Callable[[str, int], bool]
"""IP address and port to whether something accepts connections there."""


class LoadNotAllowed(Exception):  # noqa: N818 - it is a no, not a mistake
    """This address may not be loaded: says why, and what to write where, in one line."""


def resolve(host: str, port: int) -> list[str]:
    """Asks the system for the IP addresses of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def listens(ip: str, port: int) -> bool:
    """Tries to connect, for half a second at the most."""
    try:
        socket.create_connection((ip, port), timeout=0.5).close()
    except OSError:
        return False
    return True


class Permit:
    """What one process may send to a target: its `share` (0 < share <= 1) of what the run may."""

    def __init__(self, target: Target, share: float = 1.0, resolve: Resolve = resolve) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"a process has a share above 0 and up to 1 of the load, not {share}")
        self._target = target
        self._resolve = resolve
        self._interval_ns = 0 if target.max_rate is None else ceil(1e9 / (target.max_rate * share))
        self._earliest_ns: int | None = None
        # The system's own: gevent's costs 0.5 µs more a call, and nothing in here lets another greenlet run.
        self._lock = get_original("_thread", "allocate_lock")()

    def __repr__(self) -> str:
        """Says for which target, and how close calls may follow each other."""
        pace = f"one call in {self._interval_ns / 1e6:g} ms" if self._interval_ns else "no limit"
        return f"<Permit {self._target.name}: {pace}>"

    def check(self, address: str) -> None:
        """Raises LoadNotAllowed unless the address is on this machine or is one that the targets file allows."""
        if self._is_allowed(address):
            return
        self._found_here(address)

    def place(self, address: str, listens: Listens = listens) -> str:
        """Returns what to connect to: an address that the targets file allows as it is written there, any other one as
        the loopback address that was checked, the first where something listens. Raises LoadNotAllowed.
        """
        if self._is_allowed(address):
            return address
        found, port = self._found_here(address), split_address(address)[1]
        ip = next((ip for ip in found if listens(ip, port)), found[0]) if len(found) > 1 else found[0]
        return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"

    def _is_allowed(self, address: str) -> bool:
        target = self._target
        return target.allow_load and target.max_rate is not None and address in target.addresses.values()

    def _found_here(self, address: str) -> Sequence[str]:
        found, stranger = self._looked_up(address)
        if stranger:
            raise LoadNotAllowed(f"{address} may not be loaded: {stranger}; {self._way_out()}")
        return found

    def check_all(self) -> None:
        """Checks every address of the target; raises LoadNotAllowed for the first that may not be loaded."""
        for address in dict.fromkeys(self._target.addresses.values()):
            self.check(address)

    def spend(self, now_ns: int) -> bool:
        """Takes one call out of the limit; False when it would be one too many, and nothing is taken then."""
        if not self._interval_ns:
            return True
        with self._lock:
            earliest_ns = self._earliest_ns
            if earliest_ns is None or earliest_ns < now_ns:
                earliest_ns = now_ns
            elif earliest_ns - now_ns > BURST_NS:
                return False
            self._earliest_ns = earliest_ns + self._interval_ns
            return True

    def _looked_up(self, address: str) -> tuple[Sequence[str], str]:
        """Returns the IP addresses, and what is not on this machine about them."""
        host, port = split_address(address)
        try:
            found = self._resolve(host, port)
        except OSError as error:
            return (), f"the name {host} does not resolve ({error.strerror or error}), so it may be any machine"
        strangers = [ip for ip in found if not _is_loopback(ip)]
        if not found:
            return found, f"the name {host} has no address, so it may be any machine"
        if strangers:
            address = "" if strangers == [host] else f" ({', '.join(strangers)})"
            return found, f"{host}{address} is not this machine"
        return found, ""

    def _way_out(self) -> str:
        target = self._target
        if target.file:
            return (
                f"write `allow_load: true` and `max_rate: CALLS_A_SECOND` under targets.{target.name} in {target.file}"
            )
        return (
            "name it in a targets file with `allow_load: true` and `max_rate: CALLS_A_SECOND` (deploy/targets.yaml "
            "shows how), then run with `--targets-file FILE --target NAME`"
        )


def _is_loopback(ip: str) -> bool:
    address = ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
