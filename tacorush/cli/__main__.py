"""`tacorush COMMAND …`: the table of commands, and the one place where a failure becomes a line and an exit code."""

from __future__ import annotations

import difflib
import importlib
import sys
import traceback
from types import MappingProxyType
from typing import TYPE_CHECKING

from tacorush import __version__
from tacorush.cli.failures import EXIT_INCONCLUSIVE, EXIT_PASS, EXIT_USAGE, UsageError
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "run": "drive a scenario and judge it: exit 0 PASS, 1 FAIL, 2 wrong usage, 3 INCONCLUSIVE",
        "fakes": "serve the bundled platform, healthy or with an incident",
        "report": "render the pages of a run again from its run file",
        "watch": "look at a run that goes on, until its verdict",
        "mark": "write down in a run that goes on what was done to the platform",
        "gate": "judge a stored run; the exit code is the verdict",
        "compare": "is a run worse than another, beyond noise? the exit code is the answer",
        "history": "many runs in the order of their time, and where their figures changed",
        "slo": "check files of objectives, or print their JSON Schema",
        "traffic": "turn recorded traffic into arrivals: import, show, scale, cut",
        "scenarios": "list the scenarios, or print the JSON Schema of their files",
        "plan": "what a scenario would drive and need, without any load",
        "incidents": "list what the fakes can be told to do wrong, and what must catch it",
    }
)
"""Command to what it does; each lives in the module of its name, as `main(arguments) -> exit code`."""


def usage() -> str:
    """What `tacorush --help` says."""
    rows = "\n".join(f"  {name:<10} {does}" for name, does in COMMANDS.items())
    return (
        "usage: tacorush COMMAND [OPTIONS]\n\n"
        "Drives a crowd through a ticket platform over gRPC, and proves or refutes what the platform promises.\n\n"
        f"{rows}\n\n"
        "Start here:\n"
        "  tacorush run flow                     the bundled platform, a steady crowd, a verdict and a report\n"
        "  tacorush run hotseat                  a crowd after few seats: is any sold twice?\n"
        "  tacorush fakes --port 50051 --events 1 --seats 400 --incident oversell\n"
        "  tacorush run hotseat --target 127.0.0.1:50051      … and here the gate must ring\n\n"
        "`tacorush COMMAND --help` tells the options of a command, `tacorush --version` the version.\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        say(f"tacorush {__version__}\n")
        return EXIT_PASS
    if not words or words[0] in ("-h", "--help", "help"):
        say(usage())
        return EXIT_PASS if words else EXIT_USAGE
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean `tacorush {near[0]}`?" if near else f"there are: {', '.join(COMMANDS)}"
        sys.stderr.write(f"tacorush: there is no command {name!r}; {hint}\n")
        return EXIT_USAGE
    try:
        code: int = importlib.import_module(f"tacorush.cli.{name}").main(rest)
    except UsageError as failure:
        sys.stderr.write(f"tacorush {name}: {failure}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        sys.stderr.write(f"\ntacorush {name}: interrupted\n")
        return EXIT_INCONCLUSIVE
    except Exception:
        # Python's own exit code for this is 1, which here would read as FAIL.
        traceback.print_exc()
        sys.stderr.write(f"tacorush {name}: this is a bug in Tacorush; please report the lines above\n")
        return EXIT_INCONCLUSIVE
    return code


if __name__ == "__main__":
    raise SystemExit(main())
