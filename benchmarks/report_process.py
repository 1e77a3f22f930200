"""`python -m benchmarks.report_process RUN_FILE SLO`: judges a run file, makes its pages, prints what it cost.

Seconds of CPU and of the clock of this process from its first import on, and the most memory that it has held.
"""

import json
import resource
import sys
import time


def main() -> int:
    """Prints one row."""
    began, used = time.perf_counter(), time.process_time()
    from reports.judgement import judge
    from reports.pages.write import pages

    judgement = judge(sys.argv[1], sys.argv[2])
    judged = time.perf_counter()
    files = pages(judgement)
    row = {
        "verdict": judgement.verdict,
        "judged_s": round(judged - began, 2),
        "rendered_s": round(time.perf_counter() - judged, 2),
        "cpu_s": round(time.process_time() - used, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "html_mb": round(len(files["report.html"].encode()) / 1e6, 2),
    }
    sys.stdout.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
