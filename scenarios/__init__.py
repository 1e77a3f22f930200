"""What the crowd does: when people come, what each wants, how they go about it, and the port through which they do it.

Everything here is a pure function of a plan and a seed, or speaks through a port (`Ticketing`, `Io`, a wire `Channel`)
that brings sleep, clock and chance along. Nothing here knows Locust, gevent or the bundled platform.
"""
