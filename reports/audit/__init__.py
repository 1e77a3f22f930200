"""The audit: every rule over the whole history, from what a client can see and nothing else.

A rule is a pure function of the history. One that throws says nothing about the platform: its report carries the error,
and a verdict that rests on it is INCONCLUSIVE.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from reports.audit import (
    admitted_out_of_turn,
    admitted_too_fast,
    charged_twice,
    clock_skew,
    confirmed_after_expiry,
    counters_differ,
    double_sale,
    held_twice,
    hold_ended_early,
    order_cancelled,
    over_capacity,
    paid_without_order,
    place_outlived_silence,
    position_rises,
    position_stands_still,
    read_back_differs,
    refund_due,
    sale_without_payment,
    seats_confirmed_differ,
    seats_held_differ,
    seats_leaked,
    stream_ended_early,
    stream_out_of_order,
    stream_silent,
    token_invented,
    token_of_another,
    token_outlived,
    token_spent_twice,
    turned_away,
    two_answers_to_one_key,
    webhook_contradicts,
    webhook_forged,
    webhook_lost,
    webhook_twice,
    write_without_key,
    wrong_total,
)
from reports.audit.finding import RuleReport
from reports.audit.suspects import BATCH, batches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.audit.finding import Rule, Violation
    from reports.audit.history import History

RULES: tuple[Rule, ...] = (
    double_sale.RULE,
    held_twice.RULE,
    hold_ended_early.RULE,
    seats_leaked.RULE,
    over_capacity.RULE,
    counters_differ.RULE,
    sale_without_payment.RULE,
    paid_without_order.RULE,
    wrong_total.RULE,
    charged_twice.RULE,
    refund_due.RULE,
    order_cancelled.RULE,
    confirmed_after_expiry.RULE,
    two_answers_to_one_key.RULE,
    write_without_key.RULE,
    webhook_lost.RULE,
    webhook_contradicts.RULE,
    webhook_forged.RULE,
    webhook_twice.RULE,
    seats_held_differ.RULE,
    stream_silent.RULE,
    stream_out_of_order.RULE,
    stream_ended_early.RULE,
    seats_confirmed_differ.RULE,
    read_back_differs.RULE,
    token_spent_twice.RULE,
    token_outlived.RULE,
    token_of_another.RULE,
    token_invented.RULE,
    clock_skew.RULE,
    position_rises.RULE,
    position_stands_still.RULE,
    place_outlived_silence.RULE,
    admitted_out_of_turn.RULE,
    admitted_too_fast.RULE,
    turned_away.RULE,
)
"""All rules, in the order in which findings are told."""


def audit(history: History, rules: Iterable[Rule] = RULES, batch: int = BATCH) -> list[RuleReport]:
    """Applies every rule to a history, to `batch` suspected claims at once; a rule's own failure is its `error`."""
    return [_report(rule, history, batch) for rule in rules]


def _report(rule: Rule, history: History, batch: int) -> RuleReport:
    try:
        return RuleReport(rule, tuple(_violations(rule, history, batch)))
    except Exception as failure:  # a broken rule must not hide what the others found
        return RuleReport(rule, (), f"{type(failure).__name__}: {failure}")


def _violations(rule: Rule, history: History, batch: int) -> Iterable[Violation]:
    if rule.suspects is None:
        return rule.check(history)
    return chain.from_iterable(rule.check(history.part(rows)) for rows in batches(rule.suspects(history), batch))
