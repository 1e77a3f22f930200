"""A stream that is open tells each change.

An answer that says how far a reservation or payment has come, and a stream of it that was open for ALLOWED_NS longer
and had told less when the harness left it, are definite: the stream was there, the change was there, and it was not
told. What was answered later, and streams that ended otherwise, prove nothing; an update may be faster than the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import latest
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import CONFIRMED, statement
from reports.audit.streams import UNKNOWN, followed, stage
from reports.audit.suspects import about, sold, stories
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import mixed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from reports.audit.history import History
    from reports.audit.streams import Stream
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


ALLOWED_NS = 3 * 10**9
"""How long a change may take to be told, whatever the time scale: it is on its way, not waiting for anything."""
_LEFT_BY_US = "HUNG_UP"


def suspects(history: History) -> Numbers:
    """Leaves out what was followed by streams that told as much as any answer in time for the last of them."""
    table, streams = history.table, history.table.streams
    reservation, intent = table.reservation[streams.row], table.intent[streams.row]
    names = mixed(mixed(streams.trace, reservation.astype(np.uint64)), intent.astype(np.uint64))
    _, which = np.unique(names, return_inverse=True)
    updates = table.where(about("update"))[streams.row]
    told = latest(np.where(updates, which, -1), _stages(table, _status)[streams.row], len(which))[which]
    ours = table.where(about("stream", holds=lambda stream: stream.code == _LEFT_BY_US))[streams.row]
    of_reservation = np.where(ours, reservation, -1)
    of_payment = np.where(ours & (reservation < 0), intent, -1)
    answers = sold(table) | table.where(about("cancel", "read"))
    money = table.where(about("charge", "void", "payment read"))
    return stories(
        table,
        _silent(table, of_reservation, told, np.where(answers, table.reservation, -1), table.reservations),
        _silent(table, of_payment, told, np.where(money, table.intent, -1), table.intents),
    )


def _stages(table: ClaimTable, word: Callable[[Claim], str]) -> Numbers:
    """How far each claim says that something is, from 1; 0 where it says nothing."""
    return np.array([stage(word(example)) - UNKNOWN for example in table.examples], np.int64)[table.form]


def _status(claim: Claim) -> str:
    return claim.status


def _silent(table: ClaimTable, followed: Codes, told: Numbers, answers: Codes, count: int) -> Mask:
    """Which of so many things may have a silent stream.

    For each row of the streams what was followed (-1 for nothing) and how far it told; for each claim what it is an
    answer about (-1 for nothing).
    """
    until_ns = np.append(latest(followed, table.answered_ns[table.streams.row], count), 0)
    in_time = table.answered_ns + ALLOWED_NS <= until_ns[answers]
    furthest = np.append(latest(np.where(in_time, answers, -1), _stages(table, _word), count), 0)
    found = np.zeros(count + 1, np.bool_)
    found[followed[furthest[followed] > told]] = True
    return found[:-1]


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each stream."""
    for stream in followed(history):
        missed = _missed(stream, history)
        if missed is not None:
            yield _violation(stream, missed)


def _missed(stream: Stream, history: History) -> Claim | None:
    """Returns the first statement of what the stream should have told and has not."""
    if stream.whole.code != _LEFT_BY_US:
        return None
    for claim in _statements(stream, history):
        in_time = claim.answered_ns + ALLOWED_NS <= stream.whole.answered_ns
        if in_time and stage(_word(claim)) > stream.told:
            return claim
    return None


def _word(claim: Claim) -> str:
    return CONFIRMED if claim.action == "sale" else statement(claim)


def _statements(stream: Stream, history: History) -> list[Claim]:
    """Returns the answers that tell how far what was followed has come, in the order of their sends."""
    if stream.whole.reservation:
        reservation = history.reservations.get(stream.whole.reservation)
        said = [] if reservation is None else [*reservation.sold, *reservation.cancels, *reservation.reads]
    else:
        payment = history.payments[stream.whole.intent]
        said = [*payment.charges, *payment.voids, *payment.reads]
    return sorted(said, key=lambda claim: (claim.answered_ns, claim.sent_ns))


def _violation(stream: Stream, missed: Claim) -> Violation:
    whole = stream.whole
    name = f"reservation {whole.reservation}" if whole.reservation else f"payment {whole.intent}"
    last = stream.updates[-1].status if stream.updates else "nothing"
    open_s = (whole.answered_ns - missed.answered_ns) / 1e9
    return Violation(
        DEFINITE,
        f"The stream of {name} told {last} last, though it was {_word(missed)} and the stream was open for "
        f"another {open_s:.1f} s.",
        witness(
            [whole, *stream.updates[-1:], missed],
            reservations=[whole.reservation],
            intents=[whole.intent],
            users=[whole.user],
        ),
    )


RULE = Rule(
    "stream_silent",
    "A stream that is open tells each change.",
    MAJOR,
    check,
    suspects,
    sees="Streams of one reservation or payment that this run followed (scenario `streams`), beside every answer about "
    "the same thing.",
    blind="Runs in which nobody follows streams; changes that no answer tells of, or that are told by an answer less "
    "than 3 s before the stream was left; streams of the queue. A connection that died unnoticed looks like a silent "
    "stream: `--keepalive` tells them apart.",
)
"""Compares what streams have told with what answers say."""
