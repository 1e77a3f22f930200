"""From evidence to a verdict: the audit, the objectives, and the pages that show them.

Everything here is a pure function of a run file and a file of objectives: no clock, no network, no chance but a seeded
one. This room reads `contracts` and `evidence` and nothing else of the project.
"""
