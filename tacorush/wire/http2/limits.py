"""How much of what costs the peer little and us something is borne, on either side of a connection.

A budget is renewed by `Connection.tick`, which whoever drives the connection calls once a second, and the one for
control frames also by every frame that gets a call on: what is limited is a flood, not a busy peer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets; above one the connection ends with ENHANCE_YOUR_CALM (RFC 9113, 10.5)."""

    control_frames: int = 1_000
    """PING, SETTINGS, PRIORITY, frames of unknown types and empty DATA in a row, between two that get a call on."""
    rapid_resets: int = 4_096
    """Streams a second that the peer resets right after it opened them (CVE-2023-44487), or makes us reset.

    Of any age it may reset as many more as it may have open at once. Age alone cannot tell: whoever waits for one read
    more before each RST_STREAM is never rapid. Nor can the share of streams that were answered: a client whose server
    hangs cancels every call at its deadline, and rightly so. But it cannot cancel more than it has open, and not again
    before the next deadlines; a peer that gets through all its streams within a second by resets alone passes over the
    number of streams that it was told (RFC 9113, 5.1.2)."""
    walked_streams: int = 1 << 18
    """Streams a second whose windows the peer's SETTINGS move: 16 times all 16,384, 2,600 times a hundred. A frame of
    15 octets walks over all that are open, and nothing that gets a call on pays for that."""
    continuations: int = 32
    """CONTINUATION frames of one block (CVE-2024-27316)."""
    block_octets: int = 1 << 17
    """Length of one block, compressed. A list that is longer than was announced is taken in as far as this, and ends
    its call alone: a peer that does not heed the setting breaks no rule (6.5.2), and the calls beside are not to blame.
    """
