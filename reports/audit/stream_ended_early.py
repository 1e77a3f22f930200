"""A stream of a reservation or payment does not end before what it is about has.

A stream that the platform ended with OK, and that had told no end of what it is about, is definite: OK says that there
is nothing more to come. A stream that the harness left, that ended with an error, or whose connection was lost is none:
who follows it knows that he must look again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.audit.finding import DEFINITE, MINOR, Rule, Violation
from reports.audit.streams import FINAL, followed
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.streams import Stream
    from tacorush.evidence.claim_columns import Numbers

_ENDED = "OK"


def suspects(history: History) -> Numbers:
    """Leaves out what no stream was followed for that the platform ended."""
    table = history.table
    streams = table.where(about("stream", holds=lambda stream: stream.code == _ENDED))
    return stories(table, table.reservations_with(streams), table.intents_with(streams))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each stream."""
    for stream in followed(history):
        if stream.whole.code == _ENDED and stream.told < FINAL:
            yield _violation(stream)


def _violation(stream: Stream) -> Violation:
    whole = stream.whole
    name = f"reservation {whole.reservation}" if whole.reservation else f"payment {whole.intent}"
    last = stream.updates[-1].status if stream.updates else "nothing"
    return Violation(
        DEFINITE,
        f"The stream of {name} was ended by the platform with OK when it had told {last}.",
        witness(
            [whole, *stream.updates],
            reservations=[whole.reservation],
            intents=[whole.intent],
            users=[whole.user],
        ),
    )


RULE = Rule(
    "stream_ended_early",
    "A stream of a reservation or payment does not end before what it is about has.",
    MINOR,
    check,
    suspects,
    sees="How the streams of one reservation or payment ended that this run followed (scenario `streams`).",
    blind="Runs in which nobody follows streams; streams that end with an error, which count as failed calls; streams "
    "of the queue.",
)
"""Looks for streams that the platform ended while there was more to tell."""
