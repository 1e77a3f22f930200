"""What a run leaves behind: histograms, claims, kept calls and arrivals, and the one file that holds them.

This room imports no other. A process records into a `Recorder`, which closes each second into a `Delta`; deltas merge
exactly, whoever sends them, and are committed to the run file once a second.
"""
