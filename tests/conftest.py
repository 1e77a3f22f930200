"""What holds for the whole suite: hypothesis' profiles, and importing Locust does not patch the process of the tests.

Pytest imports every test module first, some import Locust, and a patched process would make plain grpcio clients of
other tests wait for a loop that nobody runs. The variable is Locust's own; it is taken back at once, because the
processes that tests start must be patched as they are for everybody. Where GitHub Actions runs the suite, the runs that
tests drive are none of the job's: what would put them into its annotations and summary is taken out.
"""

from __future__ import annotations

import os

os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401 - imported for its not patching

from tests.examples import register

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(name, None)

register()
