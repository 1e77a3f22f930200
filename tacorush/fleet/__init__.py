"""Locust glue: how a planned crowd becomes load in one process or many, and how what happened comes home.

Locust carries the processes, their messages and the web page. The pace (dispatcher), the evidence (shipping) and the
end of a run (session) are our own, because Locust's lose the last seconds. This is the only room that imports Locust.
"""

import os

# Linear algebra is not used here; its library would start threads as soon as numpy is imported, before Locust forks.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
