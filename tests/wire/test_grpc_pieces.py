"""The pieces of gRPC below a call: messages, metadata, timeouts and statuses."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tacorush.wire import status as codes
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


def test_bombs_of_one_read_inflate_to_the_largest_message_together_and_no_further() -> None:
    """16 KiB of them would make 16 MiB: a window of a mebibyte, a gibibyte."""
    octets = written(bytes(1_000_000), True) * 16
    assert len(octets) < 20_000
    with pytest.raises(MessageError, match="inflates beyond 500000 octets") as caught:
        MessageReader(1_500_000, "gzip", server=True).feed(octets)
    assert caught.value.status == codes.RESOURCE_EXHAUSTED
    reader = MessageReader(1_500_000, "gzip", server=True)
    assert sum(map(len, fed(reader, octets, len(octets) // 16))) == 16_000_000, "in reads of their own they are fine"


def test_messages_that_are_cut_stay_packed_until_they_are_wanted() -> None:
    packed = MessageReader(1_000_000, "gzip").cut(written(bytes(1_000_000), True) + written(b"as it is", False))
    assert [len(one.octets) < 2_000 for one in packed] == [True, True]
    assert [one.unpacked() for one in packed] == [bytes(1_000_000), b"as it is"]
    (bomb,) = MessageReader(999_999, "gzip").cut(written(bytes(1_000_000), True))
    with pytest.raises(MessageError, match="a message that inflates beyond 999999 octets"):
        bomb.unpacked()


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
