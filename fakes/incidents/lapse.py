"""What the incidents about idempotency keys have in common: they let it through, and are told what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.incidents.incident import Incident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from fakes.incidents.setting import Setting


class Lapse(Incident):
    """Lets requests through that should have been replayed or refused."""

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._waiting = ""
        """The key of the request that is being served because of it."""
        self._served = False
        self._done: set[str] = set()
        self._otherwise: set[str] = set()
        self._without_key = 0

    def lets_through(self, key: str) -> bool:
        """Strikes, and remembers for which request."""
        self._served = self.strikes()
        self._waiting = key
        return self._served

    def done_after_all(self, key: str, *, refused: bool, differs: bool) -> None:
        """Counts what came of what it let through."""
        if not self._served or key != self._waiting:
            return
        self._served = False
        if not key:
            self._without_key += not refused
        elif differs:
            self._otherwise.add(key)
            if not refused:
                self._done.add(key)

    def facts(self) -> Mapping[str, int]:
        """Requests let through, keys answered in two ways, those with something done twice, and what had no key."""
        return {
            "struck": self.struck,
            "keys_answered_otherwise": len(self._otherwise),
            "keys_done_twice": len(self._done),
            "done_without_key": self._without_key,
        }
