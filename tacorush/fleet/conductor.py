"""Between Locust's life and a run's: which of its events begins a session, which one ends it, and what it exits with.

    test_start      begin a session; Locust's users wait at the gate until T0
    test_stopping   Locust wants to stop (-t, the web page, the last worker gone): the session ends first, whole
    quitting        SIGTERM or the end of everything: the same, then the exit code
    SIGINT          Ctrl-C: the session ends in order; at the second one this process is gone, and its children with it
    (session over)  headless: Locust quits; with a web page: it stops and waits for the next start

Locust fires `quitting` while the load runs, may fire it again at a second signal, and fires `test_stopping` before its
workers are told anything: so both wait here for the end of the session, and a repetition of either changes nothing.
Python's own handler would raise KeyboardInterrupt in whatever greenlet happens to run, in the middle of a commit for
instance; ours raises nowhere while a session is on.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from locust.dispatch import UsersDispatcher
from locust.stats import CSV_STATS_INTERVAL_SEC

from tacorush.fleet.options import OptionError
from tacorush.fleet.session import EXIT_INCONCLUSIVE, EXIT_USAGE
from tacorush.fleet.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.env import Environment
    from locust.user import User

    from tacorush.fleet.session import Session


class NoUsers(UsersDispatcher):
    """Dispatches nobody, whatever is asked: the plan drives, not Locust's users."""

    def new_dispatch(
        self,
        target_user_count: int,  # noqa: ARG002
        spawn_rate: float,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        """Begins a dispatch of nobody."""
        super().new_dispatch(0, spawn_rate, user_classes)


class Conductor:
    """Runs sessions for one environment: the local process, or the master."""

    def __init__(self, environment: Environment, make: Callable[[int], Session], headless: bool) -> None:
        self._environment, self._make, self._headless = environment, make, headless
        self._session: Session | None = None
        self._over = Event()
        self._over.set()
        self._sessions = 0
        self._quitting = self._interrupted = self._left = False
        events: Any = environment.events
        events.test_start.add_listener(self._start)
        events.test_stopping.add_listener(self._stopping)
        events.quitting.add_listener(self._quit)

    def take_interrupts(self) -> None:
        """Handles Ctrl-C from here on."""
        loop = gevent.get_hub().loop

        def handler(_signal: int, _frame: object) -> None:
            if self._interrupted:
                self._at_once()
            self._interrupted = True
            loop.run_callback_threadsafe(self._interrupt)

        signal.signal(signal.SIGINT, handler)

    def _interrupt(self) -> None:
        if self._session is None or self._over.is_set():
            self._leave()
            return
        sys.stderr.write("\nstopping: journeys under way may end, then the verdict (Ctrl-C again stops at once)\n")
        self._session.stop("interrupted", "Ctrl-C")

    def _leave(self) -> None:
        """Lets Locust end as at any Ctrl-C: its main greenlet waits for this.

        Once: a Ctrl-C that comes just as a session ends is seen by both, and a second one would hit Locust's own exit.
        """
        if self._left:
            return
        self._left = True
        gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())

    def _start(self, **_: Any) -> None:
        if not self._over.is_set():
            return
        number, self._sessions = self._sessions, self._sessions + 1
        self._over.clear()
        gevent.spawn(self._conduct, number)

    def _conduct(self, number: int) -> None:
        self._stop_the_clock_of_the_page()
        runner = self._environment.runner
        assert runner is not None, "Locust makes its runner before it starts a test"
        try:
            self._session = self._make(number)
        except (Unfit, OptionError) as failure:
            sys.stderr.write(f"tacorush: {failure}\n")
            self._environment.process_exit_code = EXIT_USAGE
        except Exception:
            # A bug of ours must end the process: Locust would wait for this greenlet for ever.
            traceback.print_exc()
            self._environment.process_exit_code = EXIT_INCONCLUSIVE
        else:
            self._session.run()
            self._environment.process_exit_code = self._session.exit_code
            self._let_locust_write()
        self._over.set()
        if self._quitting:
            return
        if self._headless:
            runner.quit()
        elif self._interrupted:
            gevent.get_hub().loop.run_callback(self._leave)
        else:
            sys.stderr.write("the run is over; its web page stays until Ctrl-C\n")
            runner.stop()

    def _stop_the_clock_of_the_page(self) -> None:
        """The plan ends a run, its length after T0; the page counts from the click, which would cut the end off."""
        page: Any = self._environment.web_ui
        if page is not None:
            page._cancel_run_time_timer()

    def _let_locust_write(self) -> None:
        """Locust writes its CSV once a second: the last calls are in once it has written again."""
        options = self._environment.parsed_options
        if options is not None and options.csv_prefix:
            gevent.sleep(1.5 * CSV_STATS_INTERVAL_SEC)

    def _stopping(self, **_: Any) -> None:
        if self._session is not None and not self._headless:
            self._session.stop("completed" if self._session.open_end else "interrupted", "stopped on the web page")
        self._over.wait()

    def _quit(self, **_: Any) -> None:
        if self._quitting:
            if not self._over.is_set():
                self._at_once()
            return
        self._quitting = True
        if self._session is not None:
            self._session.stop("interrupted", "SIGTERM")
        self._over.wait()

    def _at_once(self) -> None:
        sys.stderr.write("\ntacorush: stopped at once; the run file holds what was committed, but not how it ended\n")
        sys.stderr.flush()
        os._exit(EXIT_INCONCLUSIVE)
