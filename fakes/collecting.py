"""How the process of the fakes collects garbage: seldom, because a platform keeps nearly all that it makes.

The platform's own state has no cycles; only ends of streams and connections leave some. With the interpreter's own
thresholds (700, 10, 10) 20,000 journeys cost 3 µs a call of collecting, in pauses of up to 140 ms; with these 1 µs, in
pauses of a few milliseconds.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (1_000, 5, 1_000)
"""New objects, young collections and middle collections after which the next older generation is collected."""


def collect_seldom() -> None:
    """Takes what there is so far out of all collections, and spaces these; to be called once, before the load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
