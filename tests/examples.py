"""How many examples hypothesis tries: a test names what it needs, and the nightly profile tries ten times as many."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

SUITE = 100
"""Examples of a test that does not say how many it needs."""


def register() -> None:
    """Makes the profiles `suite`, which is loaded, and `nightly`; neither asks how fast a machine is."""
    unhurried: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("suite", max_examples=SUITE, **unhurried)
    settings.register_profile("nightly", max_examples=10 * SUITE, **unhurried)
    settings.load_profile("suite")


def examples(count: int, **more: Any) -> settings:
    """Settings that try `count` examples in the suite, and ten times as many in the nightly profile."""
    return settings(max_examples=count * settings().max_examples // SUITE, **more)
