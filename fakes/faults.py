"""Where the platform can be made to err: one question for each mistake, asked at the place where it would be made.

`Faults` answers every question as a healthy platform does. An incident subclasses it and overrides the questions that
it wants to answer otherwise; several incidents are one subclass that asks each of them in turn. A question is asked
only where the mistake is possible (never for a seat that is free), so an incident may count what it answers. New
mistakes get a new question here, with the healthy answer, and one place in the state that asks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message

UNKNOWN, RUN_OUT, SPENT, ANOTHERS = "unknown", "run out", "spent", "another's"
"""What can be wrong with a reservation token: nobody was given it, its time is over, it was used, it is somebody else's
or of another event.
"""


class Faults:
    """The healthy platform: it overlooks nothing and forgets nothing."""

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:  # noqa: ARG002
        """Whether `holder` (a reservation) gets a seat that is held by another, or sold.

        Asked by the ledger when it holds and again when it confirms, so that a seat can truly be sold twice.
        """
        return False

    def seat_was_held(self, event: str, seat: str, holder: str, *, anothers: bool) -> None:
        """Told of every seat that a hold got and that was another's before, and whether it is that still."""

    def show_free(self, event: str, seat: str) -> bool:  # noqa: ARG002
        """Whether a named seat that is not free is shown as free to who looks."""
        return False

    def share_best(self, event: str) -> bool:  # noqa: ARG002
        """Whether who names no seats gets the first of the hall, though others hold them, who go on to own them."""
        return False

    def swap_held(self, event: str, holder: str) -> bool:  # noqa: ARG002
        """Whether one of the seats that `holder` asks for is held in another's place."""
        return False

    def swap_sold(self, holder: str) -> bool:  # noqa: ARG002
        """Whether one of the seats that `holder` holds is sold in another's place."""
        return False

    def forget_sale(self, holder: str, seats: int) -> bool:  # noqa: ARG002
        """Whether the seats that `holder` is sold, so many, stay counted as free; asked once they are sold."""
        return False

    def keep_seats(self, reservation: str, seats: int) -> bool:  # noqa: ARG002
        """Whether a reservation that is cancelled keeps its seats, so many, for ever."""
        return False

    def total_of(self, reservation: str, price: int) -> int:  # noqa: ARG002
        """What a new reservation is said to cost whose seats cost `price`; it is what has to be paid."""
        return price

    def overlook_unpaid(self, reservation: str, intent: str) -> bool:  # noqa: ARG002
        """Whether a reservation is confirmed although its payment is not COMPLETED."""
        return False

    def overlook_charge(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a reservation that is paid, or being paid, is charged once more."""
        return False

    def refuse_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a paid reservation that could be confirmed is refused, as if its seats were another's."""
        return False

    def feign_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a confirmation is answered with an order and nothing is done."""
        return False

    def lose_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a reservation is forgotten as soon as its order was told."""
        return False

    def overlook_expiry(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a hold that has run out is kept; asked once, when it runs out. It then has no end."""
        return False

    def hold_life_s(self, reservation: str, told_s: float) -> float:  # noqa: ARG002
        """How long a hold lasts of which it is told that it lasts `told_s`."""
        return told_s

    def forget_expired(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether a reservation whose hold has ended is forgotten at once."""
        return False

    def free_expired(self, holder: str) -> bool:  # noqa: ARG002
        """Whether a hold that has run out frees its seats and goes on as if it had not; asked when it runs out."""
        return False

    def repeat_release(self, event: str, seat: str, owner: str) -> bool:  # noqa: ARG002
        """Whether a seat is freed once more by the message that freed it before, though `owner` holds it now."""
        return False

    def cancel_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether an order is cancelled like a hold: its seats are freed, its money is kept."""
        return False

    def keep_money(self, reservation: str) -> bool:  # noqa: ARG002
        """Whether money that was taken for what has ended is not given back."""
        return False

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:  # noqa: ARG002
        """Whether a key that is repeated `age_s` after its first use, in a life of `life_s`, is taken for a new one."""
        return False

    def overlook_key_conflict(self, key: str) -> bool:  # noqa: ARG002
        """Whether another request under a used key is served."""
        return False

    def overlook_missing_key(self) -> bool:
        """Whether a request without a key is served."""
        return False

    def done_after_all(self, key: str, *, refused: bool, differs: bool) -> None:
        """Told what came of a request that one of the last three let through: a refusal, another answer than before."""

    def lose_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Whether a receiver is not told that a payment has settled."""
        return False

    def repeat_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Whether a webhook is sent once more although it was acknowledged."""
        return False

    def forge_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Whether a receiver gets, beside the true one, a webhook that is signed with another secret."""
        return False

    def belie_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Whether a receiver is told that a paid payment has failed, or that a failed one is paid."""
        return False

    def overlook_bad_token(self, token: str, wrong: str) -> bool:  # noqa: ARG002
        """Whether a reservation token is accepted with which this is wrong (UNKNOWN, RUN_OUT, SPENT or ANOTHERS)."""
        return False

    def seats_were_held(self, token: str) -> None:
        """Told of every reservation that succeeded with which token."""

    def told_position(self, token: str, joined_at: int, rank: int) -> int:  # noqa: ARG002
        """The position that one who waits is told, of him who joined at one rank and has now another."""
        return rank

    def keep_silent(self, token: str) -> bool:  # noqa: ARG002
        """Whether one who has given no sign of life for too long keeps his place."""
        return False

    def hush_stream(self, path: str, sent: int) -> bool:  # noqa: ARG002
        """Whether a stream tells nothing any more, and does not end either; asked before each message, after `sent`."""
        return False

    def send_again(self, path: str, before: Message, message: Message) -> bool:  # noqa: ARG002
        """Whether the message before this one is sent once more behind it."""
        return False

    def cut_stream(self, path: str, message: Message) -> bool:  # noqa: ARG002
        """Whether a stream ends behind this message."""
        return False

    def overlook_turn(self, token: str) -> bool:  # noqa: ARG002
        """Whether one is let in who stands too far back or has not waited long enough; asked at each of his looks."""
        return False

    def overlook_bucket(self, event: str) -> bool:  # noqa: ARG002
        """Whether people are let in though the event's bucket is empty; asked at each look."""
        return False

    def spend_at_look(self, token: str, *, ready: bool) -> bool:  # noqa: ARG002
        """Whether a look at the queue of one who waits, and who is told if he is ready, takes a token of the bucket."""
        return False

    def was_denied(self, token: str) -> None:
        """Told of everybody who asked to be let in and was not."""

    def was_admitted(self, token: str, *, unpaid: bool) -> None:
        """Told of everybody who was let in, and whether there was no token for him in the bucket."""

    def fail_job(self, kind: str, reservation: str) -> bool:  # noqa: ARG002
        """Whether one attempt of a job of the worker (expiry, payment, compensation) fails."""
        return False
