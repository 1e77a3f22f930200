"""Asking the target's own monitoring about the time of a run: which queries, of whom, and what came of them."""
