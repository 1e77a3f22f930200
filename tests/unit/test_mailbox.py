"""The run's own mailbox on a real socket: what it answers, what it writes down, and where it does not listen."""

from __future__ import annotations

import http.client
import itertools
import socket
from collections.abc import Iterator

import gevent
import pytest

from scenarios.signing import signature
from tacorush.evidence.records import Claim
from tacorush.fleet.mailbox import DEFAULT_SECRET, LONGEST, PATH, SECRET, Mailbox
from tacorush.fleet.unfit import Unfit

BODY = b'{"payment_id": "pi", "status": "COMPLETED"}'


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.delenv(SECRET, raising=False)
    ticks = itertools.count(100)
    opened = Mailbox("127.0.0.1:0", lambda: next(ticks))
    yield opened
    opened.close()


def post(mailbox: Mailbox, body: bytes, claimed: str | None, verb: str = "POST", path: str = PATH) -> int:
    """Sends one request from a thread, since the server runs on this one's greenlets; returns the status."""

    def send() -> int:
        connection = http.client.HTTPConnection(mailbox.url.split("/")[2], timeout=20)
        try:
            connection.request(verb, path, body, {} if claimed is None else {"X-Webhook-Signature": claimed})
            return connection.getresponse().status
        finally:
            connection.close()

    status: int = gevent.get_hub().threadpool.apply(send)
    return status


def test_what_is_genuine_is_acknowledged_and_written_down_with_when_it_came(mailbox: Mailbox) -> None:
    claims: list[Claim] = []
    mailbox.begin(claims.append)
    assert post(mailbox, BODY, signature(DEFAULT_SECRET, BODY)) == 200
    (claim,) = claims
    assert (claim.intent, claim.status, claim.code) == ("pi", "COMPLETED", "OK")
    assert (claim.sent_ns, claim.answered_ns) == (100, 101)


def test_what_is_forged_or_unreadable_is_refused_and_written_down(mailbox: Mailbox) -> None:
    claims: list[Claim] = []
    mailbox.begin(claims.append)
    assert post(mailbox, BODY, signature("another", BODY)) == post(mailbox, BODY, None) == 401
    assert post(mailbox, b"{}", signature(DEFAULT_SECRET, b"{}")) == 400
    assert [claim.code for claim in claims] == ["FORGED", "FORGED", "UNREADABLE"]
    facts = mailbox.hear_out(0.0)
    assert (facts["came"], facts["url"]) == (0, mailbox.url)


def test_other_paths_and_verbs_are_nobodys_webhook(mailbox: Mailbox) -> None:
    claims: list[Claim] = []
    mailbox.begin(claims.append)
    claimed = signature(DEFAULT_SECRET, BODY)
    assert post(mailbox, BODY, claimed, path="/") == 404
    assert post(mailbox, BODY, claimed, verb="PUT") == 405
    assert claims == []


def test_a_body_without_end_is_not_taken_whole(mailbox: Mailbox) -> None:
    body = b" " * LONGEST + BODY
    assert post(mailbox, body, signature(DEFAULT_SECRET, body)) == 401


def test_a_secret_from_the_environment_takes_the_place_of_the_documented_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "s3cret")
    opened = Mailbox("127.0.0.1:0", lambda: 1)
    try:
        assert post(opened, BODY, signature("s3cret", BODY)) == 200
        assert post(opened, BODY, signature(DEFAULT_SECRET, BODY)) == 401
    finally:
        facts = opened.hear_out(0.0)
    assert (facts["came"], facts["until_ns"]) == (1, 1)


@pytest.mark.parametrize(
    ("listen", "sentence"),
    [
        ("8080", "'8080' is nowhere to listen: write HOST:PORT, with port 0 for a free one"),
        ("127.0.0.1:70000", "'127.0.0.1:70000' is nowhere to listen: write HOST:PORT, with port 0 for a free one"),
        ("0.0.0.0:0", "'0.0.0.0:0' names no host: write the one under which the platform can call this machine"),
        ("[::]:0", "'[::]:0' names no host: write the one under which the platform can call this machine"),
    ],
)
def test_where_nobody_can_listen_or_call_is_refused(listen: str, sentence: str) -> None:
    with pytest.raises(Unfit) as caught:
        Mailbox(listen, lambda: 1)
    assert str(caught.value) == f"--webhook-listen: {sentence}"


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unfit, match="--webhook-listen: "):
        Mailbox(f"127.0.0.1:{taken.getsockname()[1]}", lambda: 1)
