"""Who takes part in a run, as the master sees it. Frozen when the plan is given out: the stripes never change after.

    came       said hello; may take part in the next run
    enlisted   has a stripe of this run
    ready      can begin
    final      sent everything that it saw
    lost       silent for 5 s before it was final; if it speaks again, it is no longer lost
    given up   not final when the master could wait no longer; lost, unless its final word comes after all

A worker that was lost has taken its share of the crowd with it: no verdict about the whole can rest on what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tacorush.fleet.clock import SECOND_NS

if TYPE_CHECKING:
    from tacorush.fleet.hello import Hello
    from tacorush.wire.channel import Clock

SILENT_NS = 5 * SECOND_NS


@dataclass(slots=True)
class Member:
    """One worker of a run."""

    hello: Hello
    stripe: int
    heard_ns: int
    ready: bool = False
    refused: str = ""
    """Why it cannot begin; empty when it can."""
    final: bool = False
    silent: bool = False
    given_up: bool = False


@dataclass(slots=True)
class Roster:
    """The workers that came, and those that were enlisted."""

    clock: Clock
    came: dict[str, Hello] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    def welcome(self, hello: Hello) -> None:
        """A worker said hello."""
        self.came[hello.process] = hello

    def gone(self, process: str) -> None:
        """A worker left in order between two runs, or broke away; a member of a run stays one."""
        self.came.pop(process, None)

    def enlist(self, processes: list[str]) -> list[Member]:
        """Freezes who takes part, in the order of their names, so that stripes are the same each time."""
        now = self.clock()
        chosen = sorted(name for name in processes if name in self.came)
        self.members = {name: Member(self.came[name], stripe, now) for stripe, name in enumerate(chosen)}
        return list(self.members.values())

    def heard(self, process: str) -> Member | None:
        """A worker spoke; returns the member, None when it has no part in this run."""
        member = self.members.get(process)
        if member is not None:
            member.heard_ns = self.clock()
            member.silent = False
        return member

    def look(self) -> list[Member]:
        """Marks who has been silent for too long; returns those that fell silent since the last look."""
        now = self.clock()
        fallen = [
            member
            for member in self.members.values()
            if not member.final and not member.silent and now - member.heard_ns > SILENT_NS
        ]
        for member in fallen:
            member.silent = True
        return fallen

    @property
    def lost(self) -> list[Member]:
        """Members that are silent, or that nobody waits for any more, and had not sent everything."""
        return [m for m in self.members.values() if (m.silent or m.given_up) and not m.final]

    def give_up(self) -> None:
        """Waits for nobody any more: what speaks from now on may still be too late for the file."""
        for member in self.members.values():
            member.given_up = True

    @property
    def all_ready(self) -> bool:
        """Everybody can begin."""
        return all(member.ready for member in self.members.values())

    @property
    def settled(self) -> bool:
        """Nobody is waited for: each is final or lost."""
        return all(member.final or member.silent for member in self.members.values())
