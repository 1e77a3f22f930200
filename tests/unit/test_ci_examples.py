"""The examples for CI say what their systems read, and the composite action passes its inputs on as they are."""

from __future__ import annotations

import importlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import peers
from tacorush.cli.conclusion import objectives
from tests.ci_examples import ACTION, EXAMPLES, GITHUB, GITLAB, JENKINS, action_step, loaded

ARGUMENTS = f"""#!/bin/sh
exec {sys.executable} -c 'import json, sys; json.dump(sys.argv[1:], open("arguments.json", "w"))' "$@"
"""
"""In the place of tacorush: writes down what it was given."""


def test_github_s_example_has_nothing_that_actionlint_objects_to() -> None:
    """The linter of the trade, with the inputs of our own action; it skips where it is not installed."""
    actionlint = peers.found("actionlint")
    if actionlint is None:
        pytest.skip(f"actionlint is not installed: {peers.INSTALL['actionlint']}")
    done = subprocess.run([actionlint, str(GITHUB)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_all_examples_run_the_same_commands() -> None:
    """Install, drive and store, gate on what was stored."""
    found = {name: commands() for name, commands in EXAMPLES.items()}
    assert found["github"] == found["gitlab"] == found["jenkins"]
    assert [command.split()[:2] for command in found["github"]] == [
        ["make", "setup"],
        [".venv/bin/tacorush", "run"],
        [".venv/bin/tacorush", "gate"],
    ]


def test_every_command_of_the_examples_is_one_that_tacorush_takes() -> None:
    for command in EXAMPLES["github"]()[1:]:
        _, name, *words = shlex.split(command.replace("$RATE", "40").replace("$DURATION", "30s"))
        options = importlib.import_module(f"tacorush.cli.{name}").parser().read(words)
        assert objectives(options.slo).is_file()


def test_gitlab_s_example_is_built_as_gitlab_reads_it() -> None:
    """Every job has its stage and a script, needs what there is, and hands on the whole run with its JUnit file."""
    found = loaded(GITLAB)
    jobs = {name: job for name, job in found.items() if name not in {"stages", "variables", "default"}}
    assert [job["stage"] for job in jobs.values()] == found["stages"]
    for job in jobs.values():
        assert set(job) <= {"stage", "script", "allow_failure", "artifacts", "needs", "when"}
        assert all(isinstance(line, str) for line in job["script"])
        assert job["allow_failure"] == {"exit_codes": [3]}
        assert set(job.get("needs", ())) <= set(jobs)
    artifacts = jobs["drive"]["artifacts"]
    assert artifacts["reports"] == {"junit": "runs/ci/junit.xml"}
    assert "runs/ci/run.sqlite" in artifacts["paths"]


def test_jenkins_example_is_a_whole_pipeline() -> None:
    """Every brace is closed, comments and quotes aside, and JUnit and report are kept whatever happens."""
    depth, lines = 0, [line.partition("//")[0] for line in JENKINS.read_text().splitlines()]
    for number, line in enumerate(lines, start=1):
        depth += line.count("{") - line.count("}")
        assert depth >= 0, f"line {number} closes what was never opened"
        assert line.count("'") % 2 == 0, f"line {number} leaves a quote open"
    assert depth == 0
    text = "\n".join(lines)
    assert text.index("post {") < text.index("always {") < text.index("junit testResults: 'runs/ci/junit.xml'")


def test_the_action_s_inputs_reach_the_shell_as_variables_alone() -> None:
    """No expression stands in a script, where a value could become a part of it; every input is used."""
    action = loaded(ACTION)
    expressions = []
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        expressions += step["env"].values()
    assert {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]} == {
        expression for expression in expressions if "inputs." in expression
    }


def test_the_docs_tell_every_input_and_output_of_the_action_and_every_example() -> None:
    text = (ACTION.parent / "docs/ci.md").read_text()
    action = loaded(ACTION)
    assert [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in text] == []
    assert [path.name for path in (GITHUB, GITLAB, JENKINS) if f"(../deploy/ci/{path.name})" not in text] == []


def acted(folder: Path, program: str = ARGUMENTS, **inputs: str) -> tuple[int, str, str]:
    """Runs the action's step in a folder, as GitHub's shell does; returns exit code, stdout and what it put out."""
    tool = folder / "action" / ".venv" / "bin" / "tacorush"
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text(program)
    tool.chmod(0o755)
    put_out = folder / "output"
    put_out.touch()
    # An input that is not given is its default, as GitHub has it.
    names = {name: expression for name, expression in action_step()["env"].items() if "inputs." in expression}
    defaults = loaded(ACTION)["inputs"]
    variables = {
        name: defaults[expression[len("${{ inputs.") : -len(" }}")]]["default"] for name, expression in names.items()
    }
    assert set(inputs) <= set(variables)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TACORUSH": str(folder / "action"),
        "GITHUB_OUTPUT": str(put_out),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action_step()["run"]],
        cwd=folder,
        env=environment | variables | inputs,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, put_out.read_text()


EVIL = [
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "'; touch pwned; '",
    "--overwrite",
    "*",
    "x\ny",
    "\\",
]


@pytest.mark.parametrize("evil", EVIL)
def test_a_value_is_passed_on_as_it_is_whatever_it_says(tmp_path: Path, evil: str) -> None:
    """As the value of its own option: it is neither run, nor split, nor taken for another option."""
    code, _, put_out = acted(tmp_path, TARGET=evil, OBJECTIVES=evil, RATE=evil, DURATION=evil, RELEASE=evil)
    given = json.loads((tmp_path / "arguments.json").read_text())
    options = [f"--{name}={evil}" for name in ("target", "slo", "rate", "duration", "release")]
    assert given == ["run", "flow", "--out=tacorush-run", "--overwrite", *options, "--inconclusive=exit3"]
    assert (code, put_out) == (0, "")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"SCENARIO": "--help"}, "scenario: name one of tacorush scenarios, or the path of a YAML file"),
        ({"SCENARIO": ""}, "scenario: name one of tacorush scenarios, or the path of a YAML file"),
        ({"OUT": ""}, "out: name a folder, in one line"),
        ({"OUT": "x\nverdict=PASS"}, "out: name a folder, in one line"),
    ],
)
def test_a_scenario_that_is_an_option_and_a_folder_that_is_two_lines_are_refused(
    tmp_path: Path, inputs: dict[str, str], said: str
) -> None:
    """The first would end green without a run, the second could put out a verdict of its own."""
    assert acted(tmp_path, **inputs) == (2, f"::error title=Tacorush::{said}\n", "")
    assert not (tmp_path / "arguments.json").exists()


@pytest.mark.parametrize(("code", "told"), [(0, True), (1, True), (3, True), (2, False)])
def test_the_action_ends_as_the_run_did_and_puts_out_its_verdict(tmp_path: Path, code: int, told: bool) -> None:
    """Of a run that was refused it puts out nothing, though the report of an earlier one lies there."""
    (tmp_path / "tacorush-run").mkdir()
    (tmp_path / "tacorush-run/report.json").write_text('{"verdict": "FAIL"}')
    python = tmp_path / "action/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    put_out = "verdict=FAIL\nreport=tacorush-run/report.html\n" if told else ""
    assert acted(tmp_path, f"#!/bin/sh\nexit {code}\n")[::2] == (code, put_out)
