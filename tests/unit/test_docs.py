"""Documents say what the code does: reference pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import BENCHMARKS
from reports.audit import RULES
from tacorush.cli.__main__ import COMMANDS
from tacorush.cli.failures import EXIT_OF_VERDICT
from tacorush.cli.reference import DOCS, PAGES

if TYPE_CHECKING:
    from reports.audit.finding import Rule

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_current(name: str) -> None:
    """`make docs` would change nothing."""
    assert (DOCS / name).read_text() == PAGES[name]()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_every_rule_says_what_it_sees_and_what_makes_it_blind(rule: Rule) -> None:
    """In one table cell each."""
    for text in (rule.sees, rule.blind):
        assert re.fullmatch(r"[^|\n]{20,}\.", text), rule.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_that_a_document_shows_exists(document: Path) -> None:
    help_texts = {name: _help(name) for name in COMMANDS}
    for line in re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?tacorush (.*)$", document.read_text(), re.MULTILINE):
        words = line.partition(" #")[0].partition(" -- ")[0].split()
        if words and words[0] in COMMANDS:
            options = [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
            assert [option for option in options if option not in help_texts[words[0]]] == [], line
        else:
            assert not words or words[0] in ("COMMAND", "--help") or not words[0].isalpha(), line


def _help(command: str) -> str:
    import importlib

    text: str = importlib.import_module(f"tacorush.cli.{command}").parser().format_help()
    return text


def test_the_readme_tells_every_command_and_exit_code() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"tacorush {name}" not in readme] == []
    for verdict, code in EXIT_OF_VERDICT.items():
        assert re.search(rf"^\| {code} \| {verdict}", readme, re.MULTILINE), verdict


def test_what_was_measured_lists_every_benchmark() -> None:
    """In the order in which `python -m benchmarks --help` has them."""
    table = (DOCS / "measured.md").read_text().partition("| NAME |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(BENCHMARKS)


def test_no_document_names_what_outsiders_do_not_have() -> None:
    """The project stands by itself: nothing refers to a place outside the checkout."""
    for document in DOCUMENTS:
        assert not re.search(r"\]\(\.\./\.\./|/(?:home|root|tmp|Users)/", document.read_text()), document
