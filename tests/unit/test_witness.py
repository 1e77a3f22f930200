"""What a witness shows: the facts that there are, and each call once in the order of the sends."""

from __future__ import annotations

from reports.audit.witness import witness
from tests.unit.told_claims import at, hold, read, shown


def test_a_witness_has_no_facts_that_are_empty_and_no_ids_that_are_none() -> None:
    facts = {"event": "", "users": ["", "ann"], "orders": [""], "intents": [], "stood_until_ns": [0, at(1)]}
    assert witness([], **facts) == {"users": ["ann"], "stood_until_ns": [0, at(1)], "calls": []}


def test_a_witness_shows_each_call_once_in_the_order_of_the_sends() -> None:
    first, second = hold("rsv_1", "A-1", 0), read("rsv_1", "HOLD", 20)
    assert witness([second, first, second])["calls"] == [shown(first), shown(second)]
