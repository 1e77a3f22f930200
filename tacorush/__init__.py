"""The engine that carries a run: wire, evidence, targets, fleet and the command line."""

__version__ = "0.1.0"
"""Told to platforms' owners, workers and reports; the checkout need not be installed to know it."""
