"""One GET over HTTP or HTTPS, bounded in time and in size; what goes wrong is one error that says what.

No redirect is followed and no proxy is looked for: who is asked is who was named, so that a secret goes nowhere else.
"""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_OCTETS = 32 * 2**20
"""Of an answer that is read."""
_AT_ONCE = 2**16


class NoAnswerError(OSError):
    """Nobody answered, or not in time: says why. Whoever is asked again will hardly answer either."""


def get(
    address: str,
    headers: Mapping[str, str],
    patience_s: float,
    clock: Callable[[], float] = time.monotonic,
    most_octets: int = MOST_OCTETS,
) -> tuple[int, bytes]:
    """Returns status and body; raises NoAnswerError when they are not there after `patience_s`, or too large."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    end = clock() + patience_s
    connection = kind(parts.hostname or "", parts.port, timeout=patience_s)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=dict(headers))
        answer = connection.getresponse()
        body = bytearray()
        while octets := answer.read1(_AT_ONCE):
            body += octets
            if len(body) > most_octets:
                raise NoAnswerError(f"its answer has more than {most_octets:,} octets")
            if clock() > end:
                raise TimeoutError
        return answer.status, bytes(body)
    except TimeoutError:
        raise NoAnswerError(f"it did not answer within {patience_s:g} s") from None
    except NoAnswerError:
        raise
    except (OSError, http.client.HTTPException, UnicodeError) as failure:  # of a name that no host can have
        raise NoAnswerError(f"it cannot be reached ({_said(failure)})") from failure
    finally:
        connection.close()


def _said(failure: Exception) -> str:
    strerror = failure.strerror if isinstance(failure, OSError) else None
    return strerror or str(failure) or type(failure).__name__
