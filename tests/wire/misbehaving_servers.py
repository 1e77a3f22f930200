"""Servers that misbehave, and some that are odd but right: what each sends, and what three clients make of it.

The statuses of grpcio and of grpc-go are measurements (`tests/wire/test_misbehaving_servers.py` repeats them). Ours is
grpc-go's, and so grpcio's where these two agree, unless `why` says what speaks against it: mostly RFC 9113.
"""

from __future__ import annotations

from tests.wire.servers_against_http2 import AGAINST_HTTP2
from tests.wire.servers_of_messages import MESSAGES, ODD_BUT_RIGHT
from tests.wire.servers_without_answer import LOST, SILENT, STATUS

ROWS = (*SILENT, *LOST, *STATUS, *MESSAGES, *ODD_BUT_RIGHT, *AGAINST_HTTP2)
