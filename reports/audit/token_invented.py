"""Nobody gets in with a reservation token that he made up, or with none.

A reservation that was made with a token which no answer of this run ever gave, or with none, for an event whose door
gives tokens, is definite: the only place where tokens come from is the answer to a request for admission. A journey of
one's own may have got its token elsewhere, say, over HTTP: what it shows is possible only. Where no answer of the run
gave a token for the event, nothing is said: there may be no door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.history import happened
from reports.audit.queue_columns import makes_reservation
from reports.audit.tokens import granted, known, made
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups by event the reservations with tokens that nobody was given, and the first token that somebody was."""
    table = history.table
    queue = table.queue
    event = table.event[queue.row]
    first = _firsts(table, granted(table) & table.where(happened)[queue.row])
    walked_past = np.flatnonzero(made(table) & ~known(table)[queue.shown])
    walked_past = walked_past[np.isin(event[walked_past], event[first])]
    rows = np.append(first[np.isin(event[first], event[walked_past])], walked_past)
    found = np.full(len(table), -1, np.int64)
    _, found[queue.row[rows]] = np.unique(event[rows], return_inverse=True)
    return found


def _firsts(table: ClaimTable, wanted: Mask) -> Numbers:
    """Returns for each event the first of these rows of the queue, by the sends."""
    rows = np.flatnonzero(wanted)
    claims = table.queue.row[rows]
    order = np.lexsort((table.answered_ns[claims], table.sent_ns[claims]))
    _, places = np.unique(table.event[claims][order], return_index=True)
    return rows[order[places]]


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation."""
    doors: dict[str, Claim] = {}
    given: set[str] = set()
    for claim in history.claims:
        if claim.action == "admission" and claim.token:
            given.add(claim.token)
            if happened(claim):
                doors.setdefault(claim.event, claim)
    seen: set[tuple[str, str]] = set()
    for claim in history.claims:
        made_up = makes_reservation(claim) and happened(claim) and claim.shown not in given
        if made_up and claim.event in doors and (claim.event, claim.reservation) not in seen:
            seen.add((claim.event, claim.reservation))
            brought = claim.shown != "" and claim.kind in history.own_roles
            yield _violation(claim, doors[claim.event], POSSIBLE if brought else DEFINITE)


def _violation(use: Claim, door: Claim, certainty: str) -> Violation:
    shown = f"reservation token {use.shown}, which nobody was given" if use.shown else "no reservation token"
    return Violation(
        certainty,
        f"{use.user or 'Somebody'} got {use.reservation} at {use.event} with {shown}.",
        witness(
            [door, use],
            token=use.shown,
            event=use.event,
            reservations=[use.reservation],
            users=[use.user],
        ),
    )


RULE = Rule(
    "token_invented",
    "Nobody reserves without a reservation token that he was given.",
    MAJOR,
    check,
    suspects,
    sees="Reservations with tokens that no answer of this run gave, as the scenario `bots` tries on purpose.",
    blind="Events for which this run saw nobody admitted; a journey of one's own that brings tokens from elsewhere, "
    "which cannot be told from one that makes them up and leaves it at possible.",
)
"""Looks for reservations whose token came from nowhere."""
