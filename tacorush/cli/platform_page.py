"""docs/platform.md, from the code itself: the figures of the bundled platform's profiles, and its models of latency."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

from fakes import aggregations, figures, latencies, latency, settings
from fakes.services import emergencies, operations, sabotage

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = """# The bundled platform

`tacorush fakes` serves nine services on one state. Its figures are those of a profile: `documented` (the default),
`deployed` (as it was seen), `open` (no waiting, no limits, payments settle at once), or `simulator`.

```console
$ tacorush fakes --set hold_s=15 --set approve_s=1,2 --set admission_per_s=inf
```

`--set NAME=VALUE` changes one figure of the profile: a number, `inf` where there can be no limit, several numbers
with commas, or `PENDING` or `HOLD`. What ends in `_s` are seconds, in `_per_s` a second; `--time-scale` is applied
to all of them, to those that were set too. What ends in `_ms` are milliseconds of real time. UpdateConfig of
AdminService changes the same figures, but for `webhook_secret` and `eta_windows_s`, while the platform runs, by the
same names and as they shall be in force: it asks for no time scale.

"""
_OPERATOR = """
## While it runs

AdminService changes the platform at run time, for any client of the contract:

```console
$ grpcurl -plaintext -d '{"config_key":"incident.slow","config_value":"p=0.2@..30s","apply_immediately":true}' \\
    localhost:8080 common.v1.AdminService/UpdateConfig
```

UpdateConfig sets a figure, at once or, without `apply_immediately`, with the next REFRESH_CONFIG; a `service` that it
names must be one that goes by the figure. It also sets `incident.NAME`, whose values are those of the command line:

"""
_DONE = """TriggerOperation:

```text
"""
_MEASURED = """```

GetSystemHealth tells how long the last hundred answers of a service took, jobs of the worker in the DLQ, and webhooks
given up; GetMetrics all counts and gauges, and what each incident truly did under the service `incident`: as they
stand, as they stood at `end_time`, or, by `aggregation`, what they came to from `start_time` (else the start) on:

```text
"""
_SIMULATOR = """
## The payment simulator

`--platform simulator` serves what the real payment simulator serves, and as it does: CreatePaymentIntent,
GetPaymentStatus and ProcessPayment of PaymentService (port 8083), with reflection (v1 and v1alpha) and without
health; every other method is UNIMPLEMENTED. It looks at no idempotency key and sets no `error`, secret, URL or
expiry. A payment is PENDING until ProcessPayment, which settles at once, RANDOM anew at each call; an unknown id is
status UNKNOWN. The signed webhook comes `webhook_delay_s` after creation, is not sent again and changes nothing. A
`webhook_url` without `amount` ends the process, with exit code 70, when the webhook is due. Of the figures it has
`random_success` and those of webhooks; `--errors` changes nothing there.

## Latency

`--latency` makes answers late. The call is served at once, and what it does has happened; only its answer waits.
The time scale does not change it. Where the gateway passes a call on, it waits `service_timeout_ms` for the service
and `inventory_timeout_ms` for the inventory, and answers UPSTREAM_TIMEOUT then: the call has been served all the
same. Incidents that delay answers are held to that too. The model of one method:

```text
"""


def page() -> str:
    """The whole page."""
    lines = [_HEAD, f"| figure | {' | '.join(settings.PROFILES)} | what it is |\n"]
    lines += ["|---|" + "---|" * len(settings.PROFILES) + "---|\n"]
    meanings = _meanings()
    for name in figures.KINDS:
        values = [figures.written(name, getattr(profile, name)) for profile in settings.PROFILES.values()]
        lines += [f"| `{name}` | {' | '.join(values)} | {meanings[name]} |\n"]
    lines += [_OPERATOR, _rest_of_first(sabotage.__doc__), "\n\n", _DONE, _grammar(operations.__doc__), "```\n\n"]
    lines += [_rest(operations.__doc__), "\n\nEmergencyAction:\n\n```text\n", _grammar(emergencies.__doc__), _MEASURED]
    lines += [_grammar(aggregations.__doc__), "```\n"]
    lines += [_SIMULATOR, _grammar(latency.__doc__), "```\n\nAnd which method has which:\n\n```text\n"]
    lines += [_grammar(latencies.__doc__), "```\n\n", _rest(latencies.__doc__), "\n"]
    return "".join(lines)


def _meanings() -> Mapping[str, str]:
    """The sentence that stands under each figure in the code."""
    (made,) = ast.parse(inspect.getsource(settings.Settings)).body
    assert isinstance(made, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(made.body, made.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            assert isinstance(below.value, ast.Constant)
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found


def _grammar(text: str | None) -> str:
    """The indented lines of a module's docstring."""
    lines = (text or "").splitlines()
    return "".join(f"{line[4:]}\n" for line in lines if line.startswith("    "))


def _rest_of_first(text: str | None) -> str:
    """What follows the first sentence of a module's docstring."""
    return (text or "").partition("\n\n")[2].strip()


def _rest(text: str | None) -> str:
    """What follows the indented lines of a module's docstring."""
    paragraphs = (text or "").split("\n\n")
    first = next(number for number, one in enumerate(paragraphs) if one.startswith("    "))
    return "\n\n".join(paragraphs[first + 1 :]).strip()
