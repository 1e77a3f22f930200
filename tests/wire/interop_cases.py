"""gRPC's standard interop cases, as far as unary calls and server streams carry them, against the port `Channel`.

Where a case is described for a bidirectional stream (sleeping server, cancellation), a server stream that waits as long
takes its place; of cases with a unary and a bidirectional half, the unary one is here. Each raises AssertionError.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.wire.interop_messages import SERVICE, message, zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.wire.channel import Answer, Channel, Metadata

    Opens: TypeAlias = "Callable[[], Channel]"

DEADLINE_S = 20.0
LARGE_REQUEST, LARGE_RESPONSE = 271_828, 314_159
STREAMED = (31_415, 9, 2_653, 58_979)
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
UNKNOWN, CANCELLED, DEADLINE_EXCEEDED, UNIMPLEMENTED = 2, 1, 4, 12
SOAKED = 10
SLEEP_US = 20_000_000
"""Far longer than anything here waits."""


def unary(channel: Channel, request: Any, metadata: Metadata = ()) -> Answer:
    """UnaryCall."""
    return channel.unary(f"/{SERVICE}/UnaryCall", request, message("SimpleResponse"), DEADLINE_S, metadata)


def empty_unary(opens: Opens) -> None:
    """An empty message there and back."""
    channel = opens()
    answer = channel.unary(f"/{SERVICE}/EmptyCall", message("Empty")(), message("Empty"), DEADLINE_S)
    assert (answer.status, answer.message) == (0, message("Empty")()), answer


def large_unary(opens: Opens) -> None:
    """Messages of many frames, and of more than the first windows hold, both ways."""
    _large(opens())


def _large(channel: Channel) -> None:
    request = message("SimpleRequest")(response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST))
    answer = unary(channel, request)
    assert answer.status == 0, (answer.status, answer.detail)
    assert answer.message == message("SimpleResponse")(payload=zeros(LARGE_RESPONSE))


def server_streaming(opens: Opens) -> None:
    """Four messages, of the sizes asked for, in their order."""
    stream = _streamed(opens(), [(size, 0) for size in STREAMED])
    seen = [len(got.payload.body) for got in stream]
    assert (seen, stream.answer.status) == (list(STREAMED), 0), stream.answer


def _streamed(channel: Channel, wanted: list[tuple[int, int]], deadline_s: float = DEADLINE_S) -> Any:
    """Asks for a stream of (size, microseconds before it)."""
    parameters = [message("ResponseParameters")(size=size, interval_us=interval_us) for size, interval_us in wanted]
    request = message("StreamingOutputCallRequest")(response_parameters=parameters)
    answer = message("StreamingOutputCallResponse")
    return channel.stream(f"/{SERVICE}/StreamingOutputCall", request, answer, deadline_s)


def status_code_and_message(opens: Opens) -> None:
    """A status and its text arrive as the server said them."""
    _status(opens(), "test status message")


def special_status_message(opens: Opens) -> None:
    """A text that must be percent-encoded on the way arrives whole."""
    _status(opens(), SPECIAL)


def _status(channel: Channel, text: str) -> None:
    asked = message("SimpleRequest")(response_status=message("EchoStatus")(code=UNKNOWN, message=text))
    answer = unary(channel, asked)
    assert (answer.status, answer.detail, answer.delivery) == (UNKNOWN, text, "answered"), answer


def custom_metadata(opens: Opens) -> None:
    """Text and bytes go there and come back, ahead of the message and after it."""
    sent = (
        ("x-grpc-test-echo-initial", "test_initial_metadata_value"),
        ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"),
    )
    request = message("SimpleRequest")(response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST))
    answer = unary(opens(), request, sent)
    assert answer.status == 0, (answer.status, answer.detail)
    assert [pair for pair in answer.metadata if pair[0].startswith("x-grpc-test")] == list(sent), answer.metadata


def unimplemented_method(opens: Opens) -> None:
    """A method that the service lacks."""
    _unimplemented(opens(), SERVICE)


def unimplemented_service(opens: Opens) -> None:
    """A service that the server lacks."""
    _unimplemented(opens(), "grpc.testing.UnimplementedService")


def _unimplemented(channel: Channel, service: str) -> None:
    answer = channel.unary(f"/{service}/UnimplementedCall", message("Empty")(), message("Empty"), DEADLINE_S)
    assert (answer.status, answer.delivery) == (UNIMPLEMENTED, "answered"), answer


def rpc_soak(opens: Opens) -> None:
    """Large calls one after another on one channel."""
    channel = opens()
    for _ in range(SOAKED):
        _large(channel)


def channel_soak(opens: Opens) -> None:
    """Large calls, each on a channel of its own that is closed after it."""
    for _ in range(SOAKED):
        channel = opens()
        _large(channel)
        channel.close()


def timeout_on_sleeping_server(opens: Opens) -> None:
    """The deadline ends a stream on which nothing comes."""
    stream = _streamed(opens(), [(1, SLEEP_US)], deadline_s=0.2)
    assert (list(stream), stream.answer.status) == ([], DEADLINE_EXCEEDED), stream.answer


def cancel_after_first_response(opens: Opens) -> None:
    """A stream that its reader cancels yields no more."""
    stream = _streamed(opens(), [(31_415, 0), (1, SLEEP_US)])
    seen = []
    for got in stream:
        seen.append(len(got.payload.body))
        stream.cancel()
    assert (seen, stream.answer.status) == ([31_415], CANCELLED), stream.answer


CASES: Mapping[str, Callable[[Opens], None]] = MappingProxyType(
    {
        case.__name__: case
        for case in (
            empty_unary,
            large_unary,
            server_streaming,
            status_code_and_message,
            special_status_message,
            custom_metadata,
            unimplemented_method,
            unimplemented_service,
            rpc_soak,
            channel_soak,
            timeout_on_sleeping_server,
            cancel_after_first_response,
        )
    }
)
"""By the names that gRPC's description of them uses."""
