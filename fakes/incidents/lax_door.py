"""What the incidents about reservation tokens have in common: the door lets somebody in whom it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from fakes.incidents.setting import Setting


class LaxDoor(Incident):
    """Accepts tokens with which one thing is wrong."""

    overlooks: ClassVar[str]
    """What it does not see: UNKNOWN, RUN_OUT, SPENT or ANOTHERS."""

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._let_in: str | None = None
        """The token of the request that is being served because of it."""
        self._held = 0

    def overlook_bad_token(self, token: str, wrong: str) -> bool:
        """Strikes when that is wrong with it."""
        self._let_in = token if wrong == self.overlooks and self.strikes() else None
        return self._let_in is not None

    def seats_were_held(self, token: str) -> None:
        """Counts what came of it."""
        self._held += token == self._let_in
        self._let_in = None

    def facts(self) -> Mapping[str, int]:
        """Tokens accepted, and the reservations that were made with them."""
        return {"struck": self.struck, "reservations": self._held}
