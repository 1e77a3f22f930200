"""The bundled platform: nine services on one state, so that a harness has something honest to drive and to break.

The state is a pure core (seat ledger, waiting room, payments), composed by `fakes.platform.Platform`. The services are
plain synchronous functions from request to response; `fakes.serve` puts them behind a server. Time, timers and chance
are passed in.
"""
