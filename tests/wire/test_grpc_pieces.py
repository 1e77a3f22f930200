"""The pieces of gRPC below a call: messages, metadata, timeouts, statuses, deadlines and the waits between attempts."""

from __future__ import annotations

import gzip
import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tacorush.wire import status as codes
from tacorush.wire.backoff import FIRST_S, GROWTH, JITTER, LONGEST_S, Backoff
from tacorush.wire.calling import ClientCall
from tacorush.wire.deadlines import Deadlines
from tacorush.wire.http2.field_blocks import BlockDecoder
from tacorush.wire.http2.frames import Code
from tacorush.wire.messages import MessageError, MessageReader, prefixed
from tacorush.wire.metadata import (
    MetadataError,
    read_fields,
    read_timeout,
    value_of,
    write_field,
    write_fields,
    write_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Callable

unhurried = hypothesis_settings(deadline=None)

# Messages

MESSAGES = st.lists(st.tuples(st.binary(max_size=300), st.booleans()), max_size=6)


def written(message: bytes, zipped: bool) -> bytes:
    if not zipped:
        return prefixed(message)
    small = gzip.compress(message)
    return b"\x01" + len(small).to_bytes(4) + small


def fed(reader: MessageReader, octets: bytes, size: int) -> list[bytes]:
    return [message for at in range(0, len(octets), size) for message in reader.feed(octets[at : at + size])]


@unhurried
@given(messages=MESSAGES, size=st.integers(1, 50), trailing=st.binary(min_size=1, max_size=4))
def test_messages_are_read_whole_byte_by_byte_in_pieces_and_with_octets_behind(
    messages: list[tuple[bytes, bool]], size: int, trailing: bytes
) -> None:
    octets = b"".join(written(*message) for message in messages)
    expected = [message for message, _ in messages]
    for piece in (max(len(octets), 1), 1, size):
        reader = MessageReader(1_000, "gzip")
        assert fed(reader, octets, piece) == expected
        assert not reader.partial
        assert fed(reader, trailing, piece) == []
        assert reader.partial


def test_a_message_is_complete_with_its_last_octet_and_not_before() -> None:
    reader = MessageReader(10)
    octets = prefixed(b"message")
    assert [bool(reader.feed(octets[at : at + 1])) for at in range(len(octets))] == [False] * 11 + [True]


@pytest.mark.parametrize(
    ("octets", "encoding", "server", "status", "text"),
    [
        (b"\x02" + bytes(4), "identity", False, codes.INTERNAL, "a message with the compression flag 2"),
        (
            b"\x00\x00\x00\x00\x0b",
            "identity",
            False,
            codes.RESOURCE_EXHAUSTED,
            "of 11 octets, the most is 10",
        ),
        (b"\x00\xff\xff\xff\xff", "gzip", True, codes.RESOURCE_EXHAUSTED, "a message of 4294967295 octets"),
        (b"\x01" + bytes(4), "identity", False, codes.INTERNAL, "a compressed message without a grpc-encoding"),
        (b"\x01" + bytes(4), "zstd", True, codes.UNIMPLEMENTED, "compressed with 'zstd', only gzip is known"),
        (b"\x01" + bytes(4), "zstd", False, codes.INTERNAL, "compressed with 'zstd', only gzip is known"),
        (b"\x01" + bytes(4), "gzip", False, codes.INTERNAL, "a compressed message that is cut off"),
        (b"\x01\x00\x00\x00\x02no", "gzip", False, codes.INTERNAL, "a compressed message that is broken"),
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_a_message_that_cannot_be_read_says_why(
    octets: bytes, encoding: str, server: bool, status: int, text: str, size: int
) -> None:
    with pytest.raises(MessageError, match=text) as caught:
        fed(MessageReader(10, encoding, server), octets, size)
    assert caught.value.status == status


def test_a_compressed_message_of_the_largest_size_is_read() -> None:
    for size in (0, 1, 999, 1_000):
        assert MessageReader(1_000, "gzip").feed(written(b"x" * size, True)) == [b"x" * size]


# Metadata

NAMES = st.from_regex(r"[0-9a-z_.-]{1,20}", fullmatch=True).filter(
    lambda name: not name.startswith("grpc-") and name not in ("te", "content-type", "user-agent", "content-length")
)
PAIRS = st.lists(
    st.one_of(
        st.tuples(
            NAMES.filter(lambda name: not name.endswith("-bin")),
            st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200),
        ),
        st.tuples(NAMES.map(lambda name: f"{name}-bin"), st.binary(max_size=200)),
    )
)


@unhurried
@given(pairs=PAIRS)
def test_metadata_is_read_as_it_was_written(pairs: list[tuple[str, str | bytes]]) -> None:
    known, more = BlockDecoder().decode(write_fields(pairs))
    assert list(read_fields(known.fields + more)) == pairs


@pytest.mark.parametrize(
    "name", ["", "Upper", "a b", "a:b", ":path", "grpc-timeout", "te", "content-type", "user-agent", "ä", "a\n"]
)
def test_a_name_that_is_reserved_or_cannot_be_sent_is_refused(name: str) -> None:
    with pytest.raises(MetadataError, match="is reserved, or has more than lower case"):
        write_field(name, "x")


@pytest.mark.parametrize("value", ["ä", "a\nb", "\x00", "\x7f", b"\xff", "\ud800"])
def test_a_value_that_cannot_be_sent_points_to_bin(value: str | bytes) -> None:
    with pytest.raises(MetadataError, match="use a name with -bin"):
        write_field("name", value)


def test_binary_values_are_read_padded_unpadded_joined_and_left_out_when_broken() -> None:
    fields = (
        (b"a-bin", b"AAE"),
        (b"a-bin", b"AAE="),
        (b"b-bin", b"AAE,AAI="),
        (b"c-bin", b"A"),
        (b"c-bin", b"!!!!"),
        (b"d-bin", b""),
        (b"grpc-status", b"0"),
        (b":status", b"200"),
        (b"plain", b"\xff"),
    )
    assert read_fields(fields) == (
        ("a-bin", b"\x00\x01"),
        ("a-bin", b"\x00\x01"),
        ("b-bin", b"\x00\x01"),
        ("b-bin", b"\x00\x02"),
        ("d-bin", b""),
        ("plain", "ÿ"),
    )
    assert value_of(fields, b"a-bin") == b"AAE"
    assert value_of(fields, b"missing") is None


# Timeouts

SECONDS = st.one_of(
    st.floats(min_value=0, max_value=99_999_999),
    st.integers(1, 99_999_999).map(float),
    st.integers(1, 10**9).map(lambda millis: millis / 1_000),
)


@unhurried
@given(seconds=SECONDS)
@example(seconds=99.999999)
@example(seconds=99.9999995)
@example(seconds=99_999.9995)
def test_a_timeout_is_never_shorter_than_asked_and_hardly_longer(seconds: float) -> None:
    value = write_timeout(seconds)
    assert 2 <= len(value) <= 9
    read = read_timeout(value)
    assert read is not None
    assert read / 1e9 >= seconds
    finest = next(step for step in (1e-6, 1e-3, 1.0) if seconds / step <= 99_999_999)
    assert read / 1e9 <= max(seconds, 1e-6) + finest * 1.000_001


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (1, b"1S"),
        (0.6, b"600m"),
        (0.1, b"100m"),
        (1.5, b"1500m"),
        (0.000_25, b"250u"),
        (60, b"60S"),
        (0, b"1u"),
        (-5, b"1u"),
        (1e-9, b"1u"),
        (99.999_999, b"99999999u"),
        (100.000_001, b"100001m"),
        (99_999.999, b"99999999m"),
        (100_000.001, b"100001S"),
        (1e12, b"99999999S"),
    ],
)
def test_a_timeout_is_written_in_as_few_digits_as_say_the_same(seconds: float, value: bytes) -> None:
    assert write_timeout(seconds) == value


@pytest.mark.parametrize(
    ("value", "nanoseconds"),
    [
        (b"1H", 3_600 * 10**9),
        (b"2M", 120 * 10**9),
        (b"3S", 3 * 10**9),
        (b"4m", 4 * 10**6),
        (b"5u", 5_000),
        (b"6n", 6),
        (b"99999999H", 99_999_999 * 3_600 * 10**9),
        (b"0S", 0),
        (b"123456789n", None),
        (b"", None),
        (b"S", None),
        (b"1", None),
        (b"-1S", None),
        (b"1s", None),
        (b"1S\n", None),
        (b" 1S", None),
        ("١S".encode(), None),
    ],
)
def test_a_timeout_is_read_in_every_unit_and_nothing_else_is_one(value: bytes, nanoseconds: int | None) -> None:
    assert read_timeout(value) == nanoseconds


# Statuses


@pytest.mark.parametrize(
    ("value", "status"),
    [(b"%d" % number, number) for number in range(17)]
    + [(text, codes.UNKNOWN) for text in (b"17", b"99", b"1000", b"", b"-1", b"x", b"1 ", b"0x1", "٣".encode())],
)
def test_a_status_is_one_of_grpc_or_unknown(value: bytes, status: int) -> None:
    assert codes.read_status(value) == status


def test_what_happened_below_grpc_has_the_status_of_the_grpc_documents() -> None:
    http = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
    assert dict(codes.BY_HTTP) == http
    others = {Code.REFUSED_STREAM: 14, Code.CANCEL: 1, Code.ENHANCE_YOUR_CALM: 8, Code.INADEQUATE_SECURITY: 7}
    assert dict(codes.BY_RESET) == {**dict.fromkeys(Code, 13), **others}


@unhurried
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_detail_of_any_text_is_read_as_it_was_written(text: str) -> None:
    value = codes.write_detail(text)
    assert all(0x20 <= octet <= 0x7E for octet in value)
    assert codes.read_detail(value) == text


@unhurried
@given(value=st.binary())
def test_a_detail_of_any_octets_is_shown_as_well_as_can_be(value: bytes) -> None:
    codes.read_detail(value)


def test_details_are_percent_encoded_where_they_must_and_read_where_they_should_have_been() -> None:
    assert codes.write_detail(" a%b\nü~") == b" a%25b%0A%C3%BC~"
    assert codes.write_detail("\ud800") == b"?"
    assert codes.read_detail(b"50% off %zz %C3%BC %ff") == "50% off %zz ü \ufffd"
    assert codes.read_detail("ü".encode()) == "ü"


# Deadlines


class Clockwork:
    """A clock and a timer in one: time passes by `pass_to`, which fires the timer whenever it is due."""

    def __init__(self) -> None:
        self.now_ns = 1
        self.due_ns: int | None = None
        self.callback: Callable[[], None] | None = None
        self.starts: list[float] = []

    def clock(self) -> int:
        return self.now_ns

    def start(self, delay_s: float, callback: Callable[[], None]) -> None:
        assert delay_s >= 0
        self.due_ns, self.callback = self.now_ns + math.ceil(delay_s * 1e9), callback
        self.starts.append(delay_s)

    def stop(self) -> None:
        self.due_ns = None

    def pass_to(self, seconds: float) -> None:
        until = round(seconds * 1e9) + 1
        while self.due_ns is not None and self.due_ns <= until:
            self.now_ns, self.due_ns = max(self.due_ns, self.now_ns), None
            assert self.callback is not None
            self.callback()
        self.now_ns = until


class Watched:
    """Deadlines with a clockwork, and who expired when (in seconds)."""

    def __init__(self) -> None:
        self.clockwork = Clockwork()
        self.expired: list[tuple[float, list[str]]] = []
        self.deadlines = Deadlines(self.clockwork.clock, self.clockwork, self._expire)

    def _expire(self, calls: list[ClientCall]) -> None:
        self.expired.append(((self.clockwork.now_ns - 1) / 1e9, [call.waiter for call in calls]))
        for call in calls:
            call.end(codes.DEADLINE_EXCEEDED, "", "unanswered")

    def begin(self, name: str, seconds: float) -> ClientCall:
        call = ClientCall()
        call.waiter = name
        call.deadline_ns = self.clockwork.now_ns + round(seconds * 1e9)
        self.deadlines.add(call, seconds)
        return call


def test_calls_expire_in_the_order_of_their_deadlines_and_the_timer_starts_early_for_a_shorter_one() -> None:
    watched = Watched()
    watched.begin("long", 5)
    watched.begin("short", 1)
    watched.begin("middle", 2)
    assert watched.clockwork.starts == [5, 1]
    watched.clockwork.pass_to(0.5)
    watched.begin("short again", 1)
    watched.clockwork.pass_to(10)
    assert watched.expired == [(1, ["short"]), (1.5, ["short again"]), (2, ["middle"]), (5, ["long"])]
    assert repr(watched.deadlines) == "<Deadlines 0 kept, of 0 lengths>"
    assert watched.clockwork.due_ns is None


def test_calls_that_have_ended_are_dropped_and_do_not_expire() -> None:
    watched = Watched()
    calls = [watched.begin(str(number), 1) for number in range(3)]
    other = watched.begin("other", 1.25)
    calls[0].end(0, "", "answered")
    calls[2].end(0, "", "answered")
    other.end(0, "", "answered")
    assert repr(watched.deadlines) == "<Deadlines 4 kept, of 2 lengths>"
    watched.clockwork.pass_to(1)
    assert watched.expired == [(1, ["1"])]
    assert repr(watched.deadlines) == "<Deadlines 0 kept, of 0 lengths>"
    assert watched.clockwork.due_ns is None


def test_a_timer_that_is_late_expires_all_at_once_and_goes_on() -> None:
    watched = Watched()
    watched.begin("one", 1)
    watched.begin("two", 2)
    watched.begin("nine", 9)
    watched.clockwork.now_ns += 3 * 10**9
    watched.clockwork.pass_to(20)
    assert watched.expired == [(3, ["one", "two"]), (9, ["nine"])]


def test_a_call_may_begin_while_others_expire_and_closing_watches_nothing_any_more() -> None:
    watched = Watched()
    watched.begin("one", 1)
    watched.clockwork.pass_to(1)
    watched.begin("two", 1)
    watched.clockwork.pass_to(2)
    watched.begin("three", 1)
    watched.deadlines.close()
    watched.clockwork.pass_to(9)
    assert [names for _, names in watched.expired] == [["one"], ["two"]]
    watched.begin("four", 1)
    watched.clockwork.pass_to(11)
    assert watched.expired[-1] == (10, ["four"])


@unhurried
@given(
    begun=st.lists(st.tuples(st.integers(0, 50), st.sampled_from([1, 5, 30]), st.booleans()), max_size=30).map(sorted)
)
def test_every_call_that_goes_on_expires_once_at_its_deadline(begun: list[tuple[int, int, bool]]) -> None:
    watched = Watched()
    expected = []
    for number, (at, length, ends) in enumerate(begun):
        watched.clockwork.pass_to(at)
        call = watched.begin(str(number), length)
        if ends:
            call.end(0, "", "answered")
        else:
            expected.append((at + length, str(number)))
    watched.clockwork.pass_to(100)
    found = [(at, name) for at, names in watched.expired for name in names]
    assert sorted(found) == sorted(expected)
    assert all(one <= other for (one, _), (other, _) in pairwise(found))
    assert watched.deadlines._queues == {}


# Waits between attempts


@given(chances=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20))
def test_waits_grow_to_the_longest_and_vary_by_the_jitter_only(chances: list[float]) -> None:
    left = list(chances)
    backoff = Backoff(lambda: left.pop(0))
    middle = FIRST_S
    for _ in chances:
        assert middle * (1 - JITTER) * (1 - 1e-9) <= backoff.failed() <= middle * (1 + JITTER) * (1 + 1e-9)
        middle = min(middle * GROWTH, LONGEST_S)
    assert left == []


def test_waits_without_jitter_grow_by_their_factor_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(lambda: 0.5)
    waits = [backoff.failed() for _ in range(8)]
    assert waits == pytest.approx([0.1, 0.16, 0.256, 0.4096, 0.65536, 1.0, 1.0, 1.0])
    backoff.succeeded()
    assert backoff.failed() == pytest.approx(0.1)
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0 - 1e-12)
    assert (low.failed(), high.failed()) == pytest.approx((0.08, 0.12))
