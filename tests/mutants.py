"""`python -m tests.mutants [NAME …]`: breaks the audit on purpose, one place at a time, and sees that its tests fail.

A mutant is a rule's file with one change: a function that says nothing, a comparison turned round, a condition left
out. It never reaches the disk: a child process imports it in place of the file and runs that rule's tests, those of
`tests/unit/test_audit_*.py` that name the rule, and those that hold its suspects to its check. A mutant is killed when
a test fails, or when they have not ended after PATIENCE_S. One that survives is a hole in the tests, unless ALIKE says
why it cannot be told from the original. Exit code 1 when one does.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import io
import os
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

ROOT = Path(__file__).parents[1]
AUDIT = ROOT / "reports" / "audit"
UNIT = ROOT / "tests" / "unit"
PATIENCE_S = 120
JOBS = 2
"""Mutants tried at one time."""
SHARED = (
    "codes",
    "line_columns",
    "ownership",
    "platform_clock",
    "queue_columns",
    "streams",
    "tokens",
    "turns",
)
"""Files that are no rule and that rules rest on."""

TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SILENT = {"check": "return iter(())", "suspects": "return np.full(len(history.table), -1, np.int64)"}
"""Function to the body of one that says nothing."""

ALIKE: dict[tuple[str, str], str] = {
    (
        "admitted_too_fast",
        "if len(admitted) <= burst: never",
    ): "the burst is never too many: it saves time",
    (
        "counters_differ",
        "if not any((counted.after for counted in history.inventory.values())): never",
    ): "of what is not counted nothing is said: it saves time",
    (
        "counters_differ",
        "if _fault(counted, own, history) is None: never",
    ): "counting each seat once leaves fewer bought, and so no other fault: it saves time",
    (
        "position_stands_still",
        "at < len(admitted) and sum(map(len, found)) < LEAST: without sum(map(len, found)) < LEAST",
    ): "what is found beyond LEAST is cut off: it saves time",
    (
        "position_stands_still",
        "if joined.left_from_ns[some[0]] > end_ns: never",
    ): "who left later was admitted later, which is asked for too: it saves time",
}
"""(file, what was changed) to the reason why no test can tell it from the original."""


class Mutant(NamedTuple):
    """A file with one change."""

    name: str
    line: int
    change: str
    source: str
    part: str = "both"
    """What it is part of: check, suspects, or both; a check alone is not tried by the tests of suspects."""

    @property
    def key(self) -> tuple[str, str]:
        """What ALIKE knows it by."""
        return self.name, self.change


class _Change(NamedTuple):
    """One place of a tree that can be changed."""

    line: int
    what: str
    within: str
    """The outermost function."""
    make: Callable[[], object]


class _Changes(ast.NodeVisitor):
    """Collects what can be changed in a tree; a change that is made cannot be undone."""

    def __init__(self) -> None:
        self.found: list[_Change] = []
        self._within = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._within = self._within or node.name
        if node.name in SILENT:
            self._add(
                node, f"{node.name} says nothing", lambda: setattr(node, "body", ast.parse(SILENT[node.name]).body)
            )
        self.generic_visit(node)
        self._within = "" if self._within == node.name else self._within

    def visit_Compare(self, node: ast.Compare) -> None:
        for place, operator in enumerate(node.ops):
            turned = TURNED[type(operator)]()
            self._add(node, f"{_text(node)}: turned round", lambda at=place, new=turned: node.ops.__setitem__(at, new))  # type: ignore[misc]
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for place, value in enumerate(node.values):
            self._add(node, f"{_text(node)}: without {_text(value)}", lambda at=place: node.values.pop(at))  # type: ignore[misc]
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for place, test in enumerate(node.ifs):
            self._add(test, f"{_text(node)}: without {_text(test)}", lambda at=place: node.ifs.pop(at))  # type: ignore[misc]
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._always(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._always(node)

    def _always(self, node: ast.If | ast.IfExp) -> None:
        for always in (True, False):
            change = f"if {_text(node.test)}: {'always' if always else 'never'}"
            self._add(node, change, lambda value=always: setattr(node, "test", ast.Constant(value)))  # type: ignore[misc]
        self.generic_visit(node)

    def _add(self, node: ast.expr | ast.stmt, change: str, make: Callable[[], object]) -> None:
        self.found.append(_Change(node.lineno, change, self._within, make))


def _text(node: ast.AST) -> str:
    return ast.unparse(node).strip()


def mutants(name: str, source: str) -> Iterator[Mutant]:
    """Yields every mutant of a source; the conditions of type checking are left alone."""
    tree = ast.parse(source)
    parts = part_of(tree)
    for number in range(len(_changes(tree))):
        changed = copy.deepcopy(tree)
        change = _changes(changed)[number]
        change.make()
        broken = ast.unparse(ast.fix_missing_locations(changed))
        yield Mutant(name, change.line, change.what, broken, parts.get(change.within, "check"))


def _changes(tree: ast.Module) -> list[_Change]:
    changes = _Changes()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            changes.visit(node)
    return changes.found


class Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a text instead of its file."""

    def __init__(self, module: str, source: str) -> None:
        self._module, self._source = module, source

    def find_spec(self, fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Finds that module alone."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        """Runs the text."""
        exec(compile(self._source, f"<mutant of {self._module}>", "exec"), module.__dict__)


def suite_of(mutant: Mutant) -> list[str]:
    """Returns what pytest is told to run: the tests that name the rule, which hold its suspects to its check too, and
    those of any history where the suspects are concerned.
    """
    rules = rules_on(mutant.name)
    named = re.compile(rf"\b({'|'.join(rules)})\b")
    chosen = [str(file) for file in sorted(UNIT.glob("test_audit_*.py")) if named.search(file.read_text())]
    if mutant.part != "check":
        suspects = f"{UNIT / 'test_suspects.py'}::test_a"
        chosen += [f"{suspects}_healthy_run_has_no_suspects"]
        chosen += [f"{UNIT / 'test_suspects.py'}::test_what_proves_nothing_to_a_rule_is_no_suspect_of_it"]
        chosen += [f"{suspects}_rule_says_of_its_suspects_what_it_says_of_all[{rule}]" for rule in rules]
    return chosen


def rules_on(name: str) -> list[str]:
    """Returns a rule itself; of a file that is none, the rules that rest on it, by way of others too."""
    rules, found = _rules(), list[str]()
    if name in rules:
        return [name]
    for file in sorted(AUDIT.glob("*.py")):
        if f"from reports.audit.{name} import" in file.read_text() and file.stem in {*rules, *SHARED}:
            found += rules_on(file.stem)
    return sorted(set(found))


def part_of(tree: ast.Module) -> dict[str, str]:
    """Returns for each function whether the check needs it, the suspects do, or both."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    used = {
        name: {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} & set(functions)
        for name, node in functions.items()
    }

    def reached(start: str) -> set[str]:
        found, new = set[str](), {start} & set(functions)
        while new:
            found |= new
            new = {other for name in new for other in used[name]} - found
        return found

    suspects, check = reached("suspects"), reached("check")
    if not suspects:
        return dict.fromkeys(functions, "check" if check else "both")
    return {name: "check" if name not in suspects else "both" if name in check else "suspects" for name in functions}


def passes(mutant: Mutant | None, tests: Sequence[str]) -> bool:
    """Returns whether the tests pass in this process with a mutant (None: with the file itself)."""
    import pytest

    if mutant is not None:
        sys.meta_path.insert(0, Instead(f"reports.audit.{mutant.name}", mutant.source))
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:timeout", "-o", "addopts=", "-o", "timeout=0"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main([*quiet, "--hypothesis-seed=0", *tests]) == 0


def survivors(found: Sequence[Mutant], jobs: int = JOBS, patience_s: float = PATIENCE_S) -> list[Mutant]:
    """Tries mutants in children of this process and returns those that no test told."""
    waiting, lived = list(reversed(found)), list[Mutant]()
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[_child(mutant)] = (mutant, time.monotonic() + patience_s)
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid and os.waitstatus_to_exitcode(status) == 0:
            lived.append(running[pid][0])
        running.pop(pid, None)
        for late in [pid for pid, (_, end) in running.items() if time.monotonic() > end]:
            os.kill(late, signal.SIGKILL)
        time.sleep(0 if pid else 0.02)
    return sorted(lived)


def _child(mutant: Mutant) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        code = 0 if passes(mutant, suite_of(mutant)) else 1
    except BaseException:
        code = 2
    os._exit(code)


def _preload() -> None:
    """Imports what every child needs and no mutant is part of: a child then takes half a second."""
    os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
    for name in ("hypothesis", "locust", "msgpack", "numpy", "pytest"):
        importlib.import_module(name)
    assert not any(name.startswith("reports") for name in sys.modules)


def names() -> list[str]:
    """Returns the files that are broken: every rule, and what rules share."""
    return [*_rules(), *SHARED]


def _rules() -> list[str]:
    return [file.stem for file in sorted(AUDIT.glob("*.py")) if "\nRULE = Rule(" in file.read_text()]


def main() -> int:
    """Prints for each file how many mutants were killed, then the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*names(), []], help="file of reports/audit (all)")
    parser.add_argument("--jobs", type=int, default=JOBS, help="mutants tried at one time (%(default)s)")
    options = parser.parse_args()
    chosen = options.name or names()
    _preload()
    print(f"{'file':26} {'mutants':>8} {'killed':>8} {'alike':>8} {'survived':>8}")
    holes: list[Mutant] = []
    total = Counter[str]()
    for name in chosen:
        found = list(mutants(name, (AUDIT / f"{name}.py").read_text()))
        lived = survivors(found, options.jobs)
        alike = [mutant for mutant in lived if mutant.key in ALIKE]
        holes += [mutant for mutant in lived if mutant.key not in ALIKE]
        row = {"mutants": len(found), "killed": len(found) - len(lived), "alike": len(alike)}
        row["survived"] = len(lived) - len(alike)
        total.update(row)
        print(f"{name:26} {row['mutants']:8} {row['killed']:8} {row['alike']:8} {row['survived']:8}", flush=True)
    print(f"{'all':26} {total['mutants']:8} {total['killed']:8} {total['alike']:8} {total['survived']:8}")
    for mutant in holes:
        print(f"survived: reports/audit/{mutant.name}.py:{mutant.line}: {mutant.change}")
    return 1 if holes else 0


if __name__ == "__main__":
    raise SystemExit(main())
