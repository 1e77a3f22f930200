"""What waits for a window, or for the transport, leaves when it may: in order, in turns, and its end once."""

from __future__ import annotations

from tacorush.wire.http2.events import Headers
from tacorush.wire.http2.frames import Code
from tests.wire.by_hand import (
    DATA,
    END_STREAM,
    HEADERS,
    REQUEST,
    RESPONSE,
    SETTINGS,
    TRAILERS,
    Frame,
    failure,
    greeted_client,
    greeted_server,
    request,
    sent,
    settings,
    window,
)


def test_a_window_that_settings_take_below_zero_is_opened_by_updates_only() -> None:
    client = greeted_client(peer=[(4, 100)])
    client.request(REQUEST, bytes(300))
    assert sum(len(payload) for kind, _, _, payload in sent(client) if kind == DATA) == 100
    client.receive(settings((4, 50)))
    assert client.streams[1].window == -50
    client.receive(window(50, stream=1))
    assert [kind for kind, *_ in sent(client)] == [SETTINGS]
    client.receive(window(1, stream=1))
    assert [len(payload) for kind, _, _, payload in sent(client)] == [1]


def test_settings_that_overflow_the_window_of_a_stream_end_the_connection() -> None:
    client = greeted_client()
    client.request(REQUEST, b"")
    client.receive(window(1, stream=1))
    assert failure(client.receive(settings((4, 2**31 - 1)))) == Code.FLOW_CONTROL_ERROR


def test_an_empty_end_is_sent_once_even_where_the_window_is_below_zero() -> None:
    client = greeted_client(peer=[(4, 100)])
    stream = client.request(REQUEST, bytes(300))
    client.receive(settings((4, 50)))
    client.take()
    server = greeted_server(peer=[(4, 10)])
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.send_headers(event.stream, RESPONSE)
    server.send_data(event.stream, bytes(10))
    server.receive(settings((4, 1)))
    server.take()
    server.send_data(event.stream, b"", end=True)
    assert sent(server) == [Frame(DATA, END_STREAM, 1, b"")]
    assert stream.pending


def test_data_waits_while_the_transport_takes_nothing_and_leaves_in_order_after() -> None:
    server = greeted_server()
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.send_headers(event.stream, RESPONSE)
    server.take()
    server.out.hold(True)
    server.send_data(event.stream, b"one")
    server.send_data(event.stream, b"two")
    server.send_headers(event.stream, TRAILERS, end=True)
    assert server.take() == b""
    server.out.hold(False)
    assert [(kind, payload) for kind, _, _, payload in sent(server)] == [
        (DATA, b"one"),
        (DATA, b"two"),
        (HEADERS, TRAILERS),
    ]
    assert server.streams == {}


def test_streams_that_wait_for_the_connection_take_turns() -> None:
    client = greeted_client(peer=[(4, 2**20)])
    client.receive(window(1))  # four frames in all
    for _ in range(3):
        client.request(REQUEST, bytes(100_000))
    order = [stream for kind, _, stream, _ in sent(client) if kind == DATA]
    client.receive(window(6 * 16_384))
    order = [stream for kind, _, stream, _ in sent(client) if kind == DATA]
    assert sorted(order[:3]) == [1, 3, 5]
    assert order[:3] == order[3:6]
