"""The engine that carries a run: wire, evidence, targets, fleet and the command line."""
