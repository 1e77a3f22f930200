"""What was asked less of the new run than of the base: objectives that were dropped, loosened or changed.

A platform does not become better by being asked for less, so whoever reads a comparison is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.objectives.objective import Objective


def loosened(base: Sequence[Objective], new: Sequence[Objective]) -> list[str]:
    """Returns a sentence for each objective that asks for less in the new run, or for something else."""
    found = {objective.name: objective for objective in new}
    alike = {_subject(objective): objective for objective in reversed(new)}
    said = []
    for before in base:
        after = found.get(before.name) or alike.get(_subject(before))
        if after is None:
            said.append(f"{before.name} ({_asked(before)}) is not asked for any more")
        else:
            said += [f"{before.name}: {change}" for change in _changes(before, after)]
    return said


def _changes(before: Objective, after: Objective) -> Iterator[str]:
    if _subject(before) != _subject(after):
        yield f"asks for something else: {_told(before)} became {_told(after)}"
        return
    if _easier(before, after):
        yield f"asks for less: {_asked(before)} became {_asked(after)}"
    if after.optional and not before.optional:
        yield "may be left out where nothing is measured"
    if (after.warmup or 0) > (before.warmup or 0):
        yield f"begins later, after {wording.seconds(after.warmup)} in place of {wording.seconds(before.warmup or 0)}"
    if (before.from_s, before.to_s, before.phase) != (after.from_s, after.to_s, after.phase):
        yield "is about another part of the run"
    if (after.confidence or 0) < (before.confidence or 0):
        yield f"asks for less certainty: {before.confidence:g} became {after.confidence or 0:g}"
    yield from _windows(before, after)


def _windows(before: Objective, after: Objective) -> Iterator[str]:
    if before.windows is None:
        return
    if after.windows is None:
        yield f"is asked of the whole, no more of every {before.windows.text}"
        return
    shares = [each.may_miss / each.of for each in (before.windows, after.windows)]
    if shares[1] > shares[0] or after.windows.length_s > before.windows.length_s:
        yield f"asks for less: every {before.windows.text} became every {after.windows.text}"


def _easier(before: Objective, after: Objective) -> bool:
    if before.recovery and after.recovery and after.recovery.within_s > before.recovery.within_s:
        return True
    if (after.budget or 0) > (before.budget or 0):
        return True
    old, new = before.parsed, after.parsed
    if old.comparison[0] != new.comparison[0]:
        return True
    if old.comparison in {"==", "!="}:
        return old.threshold != new.threshold
    way = 1 if old.upper else -1
    loose = len(new.comparison) > len(old.comparison) and old.threshold == new.threshold
    return way * new.threshold > way * old.threshold or loose


def _subject(objective: Objective) -> tuple[object, ...]:
    """What it is about, whatever it asks."""
    asked, recovery = objective.parsed, objective.recovery
    after = recovery.after if recovery else None
    where = tuple(sorted(objective.question.where.items()))
    return objective.metric, asked.aggregation, asked.percent, where, objective.by, after


def _asked(objective: Objective) -> str:
    return objective.recovery.text if objective.recovery else objective.parsed.text


def _told(objective: Objective) -> str:
    where = ", ".join(f"{key} {value}" for key, value in objective.question.where.items())
    return f"{objective.metric} {_asked(objective)}" + (f" of {where}" if where else "")
