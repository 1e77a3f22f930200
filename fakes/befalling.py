"""Trouble that befalls the platform as a whole: it stalls, its connections are cut, it dies and comes back.

What it takes to do so (a way to block the process, the server's doors, a restart) is handed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.incidents.incident import Trouble
    from tacorush.wire.serving import Call, Doors


class Befalling:
    """Brings trouble on one platform."""

    def __init__(self, block: Callable[[float], None], restart: Callable[[], None], doors: Doors | None) -> None:
        """`block` stops the whole process for so many seconds; `restart` makes it forget everything."""
        self._block = block
        self._restart = restart
        self._doors = doors

    def __call__(self, trouble: Trouble, call: Call) -> bool:
        """Makes it happen; returns whether the call that it came with is served all the same."""
        if trouble.stalls_s:
            self._block(trouble.stalls_s)
        if self._doors is None:
            return True
        if trouble.shuts_s:
            self._doors.shut(trouble.shuts_s)
        if trouble.sends_away:
            self._doors.send_away(call.peer)
        if trouble.hangs_up:
            self._doors.hang_up(call.peer)
        if trouble.crashes:
            self._doors.hang_up()
            self._restart()
        return not (trouble.hangs_up or trouble.crashes)
