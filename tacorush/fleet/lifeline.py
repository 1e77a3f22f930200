"""No process of a run outlives the one that started it, however that one goes, by SIGKILL too.

Two watches on a native thread, because gevent's loop may be busy or blocked:

    the lifeline    a pipe whose write end only the parent of the run holds; the system closes it when the parent is
                    gone, and the read end says end-of-file. Its descriptor comes in `TACORUSH_LIFELINE`.
    the parent id   a fork of Locust's `--processes` looks if its parent is still the process that forked it.

Either one ends this process at once, without clean-up: there is nobody left to report to, and load must not go on.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gevent.monkey import get_original

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LIFELINE = "TACORUSH_LIFELINE"
"""Environment variable that tells a child the descriptor of its pipe."""
LOOK_S = 0.5
"""How often the parent is looked for."""
EXIT_ORPHANED = 3


def descriptor(environment: Mapping[str, str]) -> int | None:
    """Returns the lifeline's descriptor, None when there is none; raises ValueError for what is no descriptor."""
    text = environment.get(LIFELINE, "")
    if not text:
        return None
    if not text.isdigit():
        raise ValueError(f"{LIFELINE} is {text!r}; it must be the number of an open descriptor, or not be set")
    return int(text)


def orphaned(pipe: int | None, parent: int | None, wait_s: float) -> bool:
    """Waits up to `wait_s` and returns if the pipe has ended or the parent is another one than `parent`.

    Blocks the calling thread, gevent or not: `select` here is the system's own.
    """
    original_select = get_original("select", "select")
    readable = original_select([] if pipe is None else [pipe], [], [], wait_s)[0]
    if readable and os.read(readable[0], 1) == b"":
        return True
    return parent is not None and os.getppid() != parent


def watch(pipe: int | None, parent: int | None, end: Callable[[], object] = lambda: os._exit(EXIT_ORPHANED)) -> None:
    """Starts a native thread that calls `end` when this process is orphaned; does nothing without pipe and parent."""
    if pipe is None and parent is None:
        return

    def look() -> None:
        while not orphaned(pipe, parent, LOOK_S):
            pass
        end()

    get_original("_thread", "start_new_thread")(look, ())


def parent_to_watch(imported_in: int) -> int | None:
    """Returns the parent that a fork must not outlive: the process that imported the locustfile, if that is another."""
    return imported_in if os.getpid() != imported_in else None
