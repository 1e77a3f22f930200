"""Objectives: what a run has to show, read from a file, measured with an interval, and judged."""
