"""What breaks the rules on purpose breaks every place once, and tells a tested rule from an untested one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from reports.audit import RULES
from tests.mutants import ALIKE, AUDIT, ROOT, SHARED, Mutant, mutants, names, part_of, rules_on, suite_of

if TYPE_CHECKING:
    pass

SOURCE = """
if TYPE_CHECKING and True:
    import x


def check(history):
    for it in history:
        if it.sold and it.late(5):
            yield _one(it)


def _one(it):
    return [each for each in it if each.at < 3 != 4] if it else None


def suspects(history):
    return _one(history) > 0
"""


def test_every_place_is_changed_once() -> None:
    assert [(mutant.line, mutant.change) for mutant in mutants("rule", SOURCE)] == [
        (6, "check says nothing"),
        (8, "if it.sold and it.late(5): always"),
        (8, "if it.sold and it.late(5): never"),
        (8, "it.sold and it.late(5): without it.sold"),
        (8, "it.sold and it.late(5): without it.late(5)"),
        (13, "if it: always"),
        (13, "if it: never"),
        (13, "for each in it if each.at < 3 != 4: without each.at < 3 != 4"),
        (13, "each.at < 3 != 4: turned round"),
        (13, "each.at < 3 != 4: turned round"),
        (16, "suspects says nothing"),
        (17, "_one(history) > 0: turned round"),
    ]


def test_a_mutant_is_the_file_with_that_change() -> None:
    found = {(mutant.line, mutant.change): mutant.source for mutant in mutants("rule", SOURCE)}
    assert "def check(history):\n    return iter(())\n\ndef _one" in found[6, "check says nothing"]
    assert "if it.late(5):" in found[8, "it.sold and it.late(5): without it.sold"]
    assert "if False:" in found[8, "if it.sold and it.late(5): never"]
    assert (
        "[each for each in it] if it else None"
        in found[13, "for each in it if each.at < 3 != 4: without each.at < 3 != 4"]
    )
    assert "return _one(history) <= 0" in found[17, "_one(history) > 0: turned round"]
    assert all("TYPE_CHECKING and True" in source for source in found.values())


def test_the_tests_of_a_part_are_those_that_can_tell() -> None:
    import ast

    assert part_of(ast.parse(SOURCE)) == {"check": "check", "_one": "both", "suspects": "suspects"}
    audits, suspects = (suite_of(Mutant("webhook_forged", 1, "", "", part)) for part in ("check", "suspects"))
    assert [test.rpartition("/")[2] for test in audits] == ["test_audit_webhooks.py"]
    assert [test.rpartition("/")[2].partition("::")[0] for test in suspects] == [
        "test_audit_webhooks.py",
        *("test_suspects.py",) * 3,
    ]
    assert suite_of(Mutant("webhook_forged", 1, "", "", "both")) == suspects


def test_every_rule_is_broken() -> None:
    assert set(names()) == {rule.name for rule in RULES} | set(SHARED)


def test_a_broken_rule_is_told_from_a_whole_one() -> None:
    """In a process of its own: this one has imported the rules."""
    program = (
        "from tests import mutants as m\n"
        "source = (m.AUDIT / 'confirmed_after_expiry.py').read_text()\n"
        "whole = m.Mutant('confirmed_after_expiry', 1, 'nothing', source, 'check')\n"
        "broken = [m for m in m.mutants('confirmed_after_expiry', source) if m.change == 'check says nothing']\n"
        "endless = whole._replace(line=2, source='while True: pass')\n"
        "print([mutant.change for mutant in m.survivors([*broken, whole])])\n"
        "print(m.survivors([endless], patience_s=0.5))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=100
    ).stdout
    assert told.splitlines() == ["['nothing']", "[]"]


def test_a_file_that_rules_rest_on_is_tried_by_their_tests() -> None:
    assert {"admitted_out_of_turn", "admitted_too_fast"} <= set(rules_on("turns"))
    assert set(rules_on("line_columns")) > {*rules_on("turns"), "position_rises", "position_stands_still"}
    assert all(rules_on(name) for name in SHARED)


def test_what_is_held_to_be_alike_is_still_there() -> None:
    """A reason for a line that has changed since is none."""
    for name in {name for name, _ in ALIKE}:
        changes = {mutant.key for mutant in mutants(name, (AUDIT / f"{name}.py").read_text())}
        assert {key for key in ALIKE if key[0] == name} <= changes
