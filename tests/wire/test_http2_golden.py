"""Bytes as the RFCs print them: header blocks of RFC 7541, Appendix C, and frame layouts of RFC 9113, section 6.

A looked-up block means what `hpack` reads in it, whichever way it was written and wherever it was cut.
"""

from __future__ import annotations

import pytest
from hpack import Decoder, Encoder, HPACKError
from hpack.hpack import encode_integer
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tacorush.wire.http2 import field_blocks, frames
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.errors import ProtocolError
from tacorush.wire.http2.field_blocks import BlockDecoder, Fields, literal, read_literals, write_block
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tests.wire import by_hand

unhurried = hypothesis_settings(deadline=None)
GET = (b":method", b"GET")
HTTP, HTTPS = (b":scheme", b"http"), (b":scheme", b"https")
ROOT, INDEX = (b":path", b"/"), (b":path", b"/index.html")
EXAMPLE = (b":authority", b"www.example.com")
FIRST, SECOND, THIRD = (
    (GET, HTTP, ROOT, EXAMPLE),
    (GET, HTTP, ROOT, EXAMPLE, (b"cache-control", b"no-cache")),
    (GET, HTTPS, INDEX, EXAMPLE, (b"custom-key", b"custom-value")),
)
DATE, LATER = (b"date", b"Mon, 21 Oct 2013 20:13:21 GMT"), (b"date", b"Mon, 21 Oct 2013 20:13:22 GMT")
PRIVATE, LOCATION = (b"cache-control", b"private"), (b"location", b"https://www.example.com")
COOKIE = (b"set-cookie", b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")
FOUND = ((b":status", b"302"), PRIVATE, DATE, LOCATION)
NOT_MODIFIED = ((b":status", b"307"), PRIVATE, DATE, LOCATION)
ZIPPED = ((b":status", b"200"), PRIVATE, LATER, LOCATION, (b"content-encoding", b"gzip"), COOKIE)
TABLE_OF_256 = "3fe101"
"""The response examples are written with a header table of 256 octets."""

APPENDIX_C: dict[str, list[tuple[str, Fields]]] = {
    "C.2.1 literal with indexing": [
        ("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ((b"custom-key", b"custom-header"),))
    ],
    "C.2.2 literal without indexing": [("040c 2f73 616d 706c 652f 7061 7468", ((b":path", b"/sample/path"),))],
    "C.2.3 literal never indexed": [("1008 7061 7373 776f 7264 0673 6563 7265 74", ((b"password", b"secret"),))],
    "C.2.4 indexed": [("82", (GET,))],
    "C.3 requests": [
        ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FIRST),
        ("8286 84be 5808 6e6f 2d63 6163 6865", SECOND),
        ("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", THIRD),
    ],
    "C.4 requests with Huffman coding": [
        ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST),
        ("8286 84be 5886 a8eb 1064 9cbf", SECOND),
        ("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", THIRD),
    ],
    "C.5 responses": [
        (
            TABLE_OF_256 + "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a"
            "3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            FOUND,
        ),
        ("4803 3330 37c1 c0bf", NOT_MODIFIED),
        (
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738"
            "666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33"
            "3630 303b 2076 6572 7369 6f6e 3d31",
            ZIPPED,
        ),
    ],
    "C.6 responses with Huffman coding": [
        (
            TABLE_OF_256 + "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e"
            "919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            FOUND,
        ),
        ("4883 640e ffc1 c0bf", NOT_MODIFIED),
        (
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7"
            "b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
            ZIPPED,
        ),
    ],
}


def whole(decoder: BlockDecoder, block: bytes) -> Fields:
    known, more = decoder.decode(block)
    return known.fields + more


def stateless() -> BlockDecoder:
    """A decoder whose peer has acknowledged the table of 0."""
    decoder = BlockDecoder()
    decoder.acknowledged()
    return decoder


# Header blocks


@pytest.mark.parametrize("name", APPENDIX_C)
def test_the_examples_of_appendix_c_are_read_with_their_table(name: str) -> None:
    decoder = BlockDecoder()
    for text, expected in APPENDIX_C[name]:
        assert whole(decoder, bytes.fromhex(text)) == expected


def test_a_block_before_the_acknowledgement_means_what_the_table_makes_of_it() -> None:
    """The same bytes twice: looked up they would mean the first."""
    decoder = BlockDecoder()
    add = b"\x40\x01a\x01"
    assert whole(decoder, add + b"1") == ((b"a", b"1"),)
    assert whole(decoder, b"\xbe") == ((b"a", b"1"),)
    assert whole(decoder, add + b"2") == ((b"a", b"2"),)
    assert whole(decoder, b"\xbe") == ((b"a", b"2"),)


def test_a_block_after_the_acknowledgement_is_decoded_once_and_found_again() -> None:
    decoder = stateless()
    first, more = decoder.decode(b"\x20" + by_hand.REQUEST)
    assert more == ()
    second, _ = decoder.decode(by_hand.REQUEST)
    third, _ = decoder.decode(by_hand.REQUEST)
    assert second is third
    assert first.fields == second.fields


def test_the_constant_part_of_a_block_is_found_again_and_what_varies_is_read() -> None:
    decoder = stateless()
    found = [
        decoder.decode(by_hand.REQUEST + by_hand.field(b"trace", b"%03d" % number) + by_hand.field(b"z", b"end"))
        for number in range(3)
    ]
    assert len({id(known) for known, _ in found}) == 1
    assert [more for _, more in found] == [((b"trace", b"%03d" % number), (b"z", b"end")) for number in range(3)]


def test_the_table_must_be_emptied_by_the_first_block_after_the_acknowledgement() -> None:
    decoder = BlockDecoder()
    decoder.decode(b"\x40\x01a\x011")
    decoder.acknowledged()
    with pytest.raises(ProtocolError, match="not emptied") as caught:
        decoder.decode(b"\xbe")
    assert caught.value.code == Code.COMPRESSION_ERROR

    decoder = BlockDecoder()
    decoder.decode(b"\x40\x01a\x011")
    decoder.acknowledged()
    assert whole(decoder, b"\x20\x82") == (GET,)
    with pytest.raises(ProtocolError):
        decoder.decode(b"\xbe")


@pytest.mark.parametrize("update", [b"\x21", b"\x3f\xe1\x1f", b"\x20\x2a"])
def test_a_table_above_what_was_acknowledged_is_an_error(update: bytes) -> None:
    decoder = stateless()
    decoder.decode(b"\x20\x82")
    with pytest.raises(ProtocolError) as caught:
        decoder.decode(update + b"\x82")
    assert caught.value.code == Code.COMPRESSION_ERROR


def test_blocks_that_are_kept_are_bounded_in_number_and_length() -> None:
    decoder = stateless()
    for number in range(3 * field_blocks.KNOWN_BLOCKS):
        decoder.decode(by_hand.field(b"user-agent", b"%d" % number))
        assert len(decoder._known) <= field_blocks.KNOWN_BLOCKS
        assert len(decoder._cuts) <= field_blocks.KNOWN_OCTETS
    kept = len(decoder._known)
    long = by_hand.field(b"user-agent", b"x" * 120) * 9
    assert len(long) > field_blocks.KNOWN_OCTETS
    assert whole(decoder, long) == ((b"user-agent", b"x" * 120),) * 9
    assert len(decoder._known) == kept


NAMES = st.sampled_from(
    [
        *(b":method", b":path", b":status", b":authority", b"te", b"content-type", b"user-agent", b"grpc-timeout"),
        *(b"content-length", b"grpc-status", b"grpc-message", b"trace-bin", b"x", b"date", b"accept", b"cookie", b""),
    ]
)
VALUES = st.one_of(
    st.sampled_from([b"", b"200", b"POST", b"trailers", b"600m", b"599972u", b"/t.S/Unary", b"a\nb", b"x" * 126]),
    st.binary(max_size=12),
    st.sampled_from([b"x" * 127, b"y" * 128, b"\x00" * 300]),
)
PART, OCTET = st.integers(0, 3), st.integers(0, 255)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=8)


@unhurried
@given(fields=FIELDS)
def test_what_is_written_is_what_hpack_reads(fields: list[tuple[bytes, bytes]]) -> None:
    for block in (write_block(fields), b"".join(literal(*field) for field in fields)):
        read = Decoder().decode(block, raw=True)
        assert [(bytes(name), bytes(value)) for name, value in read] == fields


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 254, 255, 16_383, 20_000])
def test_a_literal_of_any_length_is_read_by_hpack(length: int) -> None:
    for field in ((b"n", b"v" * length), (b"n" * length, b"v")):
        assert Decoder().decode(literal(*field), raw=True) == [field]


def test_what_is_written_is_one_octet_for_the_fields_that_every_call_has() -> None:
    head = [(b":method", b"POST"), HTTP, (b":path", b"/a"), (b":status", b"200"), HTTPS]
    assert write_block(head) == b"\x83\x86\x00\x05:path\x02/a\x88\x87"


@st.composite
def blocks(draw: st.DrawFn) -> bytes:
    """A block as some encoder without a table writes it: hpack's own, or field by field in any form."""
    fields = draw(FIELDS)
    if draw(st.booleans()):
        encoder = Encoder()
        encoder.header_table_size = 0
        return bytes(encoder.encode(fields, huffman=draw(st.booleans())))
    return b"".join(_in_any_form(draw, name, value) for name, value in fields)


def _in_any_form(draw: st.DrawFn, name: bytes, value: bytes) -> bytes:
    index = draw(st.sampled_from([0, 0, 0, 1, 8, 31, 58]))
    first, bits = draw(st.sampled_from([(0x00, 4), (0x10, 4), (0x40, 6)]))
    head = bytearray(encode_integer(index, bits))
    head[0] |= first
    encoder = Encoder()
    texts = [] if index else [name]
    texts.append(value)
    coded = bytes(head)
    for text in texts:
        huffman = draw(st.booleans())
        octets = encoder.huffman_coder.encode(text) if huffman else text
        length = bytearray(encode_integer(len(octets), 7))
        length[0] |= 0x80 if huffman else 0
        coded += bytes(length) + octets
    return coded


def as_hpack_reads(block: bytes) -> Fields | None:
    """None where it refuses the block."""
    decoder = Decoder()
    decoder.header_table_size = decoder.max_allowed_table_size = 0
    try:
        return tuple((bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True))
    except (HPACKError, IndexError, ValueError):
        return None


def as_looked_up(decoder: BlockDecoder, block: bytes) -> Fields | None:
    try:
        return whole(decoder, block)
    except ProtocolError:
        return None


@unhurried
@given(parts=st.lists(blocks(), min_size=1, max_size=4), order=st.lists(st.tuples(PART, PART), max_size=12))
@example(parts=[by_hand.REQUEST + by_hand.field(b"x", b"1"), by_hand.REQUEST + b"\x20\x00\x01x\x00"], order=[(0, 0)])
@example(
    parts=[by_hand.REQUEST, by_hand.field(b"trace", b"1"), by_hand.field(b"trace", b"\xff")],
    order=[(0, 1), (0, 2)],
)
def test_blocks_cut_and_looked_up_are_read_as_hpack_reads_them(
    parts: list[bytes], order: list[tuple[int, int]]
) -> None:
    """Blocks that share beginnings, lengths and ends, one after another with one decoder."""
    decoder = stateless()
    for block in [*parts, *(parts[one % len(parts)] + parts[other % len(parts)] for one, other in order), *parts]:
        for asked in (block, block, block[:-1], block + b"\x20", block + b"\x00"):
            assert as_looked_up(decoder, asked) == as_hpack_reads(asked)


@unhurried
@given(start=blocks(), ends=st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=6))
def test_any_end_behind_a_known_beginning_is_read_as_hpack_reads_it(start: bytes, ends: list[bytes]) -> None:
    decoder = stateless()
    as_looked_up(decoder, by_hand.REQUEST + start + by_hand.field(b"x", b""))
    for end in ends:
        block = by_hand.REQUEST + start + end
        assert as_looked_up(decoder, block) == as_hpack_reads(block)


@unhurried
@given(block=st.one_of(st.binary(max_size=40), blocks()), position=st.integers(0, 3))
def test_literals_that_are_read_are_those_that_hpack_reads(block: bytes, position: int) -> None:
    found = read_literals(block, position)
    if found is not None and position <= len(block):
        assert found == as_hpack_reads(block[position:])


@unhurried
@given(fields=st.lists(st.tuples(st.sampled_from([b"trace", b"x-bin"]), st.binary(max_size=20)), max_size=6))
def test_plain_literals_with_well_formed_values_are_read_without_hpack(fields: list[tuple[bytes, bytes]]) -> None:
    fields = [(name, value.translate(None, b"\0\r\n")) for name, value in fields]
    assert read_literals(b"before" + write_block(fields), 6) == tuple(fields)


@pytest.mark.parametrize(
    "block",
    [
        by_hand.field(b":path", b"/"),
        by_hand.field(b"grpc-status", b"0"),
        by_hand.field(b"content-length", b"1"),
        by_hand.field(b"Upper", b"x"),
        by_hand.field(b"te", b"gzip"),
        by_hand.field(b"x", b"a\nb"),
        b"\x00\x81\xff\x00",
        b"\x40\x01x\x00",
        b"\x82",
        b"\x00\x05ab",
        b"\x00",
    ],
)
def test_literals_that_the_whole_block_must_be_judged_by_are_left_to_hpack(block: bytes) -> None:
    assert read_literals(block, 0) is None


# Frames


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (frames.PREFACE, "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"),
        (frames.frame(frames.PING, frames.ACK, 0, b"12345678"), "000008 06 01 00000000 3132333435363738"),
        (frames.rst_stream(0x01020304, Code.CANCEL), "000004 03 00 01020304 00000008"),
        (frames.settings([(1, 0), (4, 65_536)]), "00000c 04 00 00000000 0001 00000000 0004 00010000"),
        (frames.SETTINGS_ACK, "000000 04 01 00000000"),
        (frames.window_update(0, 2**31 - 1), "000004 08 00 00000000 7fffffff"),
        (frames.window_update(5, 1), "000004 08 00 00000005 00000001"),
        (frames.goaway(7, Code.ENHANCE_YOUR_CALM, "calm"), "00000c 07 00 00000000 00000007 0000000b 63616c6d"),
        (frames.header_frames(3, b"abc", frames.END_STREAM, 16_384), "000003 01 05 00000003 616263"),
        (frames.header_frames(3, b"abcd", 0, 4), "000004 01 04 00000003 61626364"),
        (
            frames.header_frames(3, b"abcde", frames.END_STREAM, 2),
            "000002 01 01 00000003 6162  000002 09 00 00000003 6364  000001 09 04 00000003 65",
        ),
        (frames.header_frames(3, b"abc", 0, 2), "000002 01 00 00000003 6162  000001 09 04 00000003 63"),
    ],
)
def test_frames_lie_on_the_wire_as_section_6_prints_them(made: bytes, expected: str) -> None:
    assert made == bytes.fromhex(expected)


@unhurried
@given(
    kind=st.integers(0, 255),
    flags=st.integers(0, 255),
    stream=st.integers(0, 2**31 - 1),
    payload=st.binary(max_size=40),
)
def test_a_frame_is_taken_apart_as_it_was_put_together(kind: int, flags: int, stream: int, payload: bytes) -> None:
    assert by_hand.split(frames.frame(kind, flags, stream, payload)) == [by_hand.Frame(kind, flags, stream, payload)]


def test_an_error_code_has_its_name_and_an_unknown_one_stays_a_number() -> None:
    assert [frames.code_name(code) for code in (0, 13, 14, 2**32 - 1)] == [
        "NO_ERROR",
        "HTTP_1_1_REQUIRED",
        "14",
        "4294967295",
    ]


def test_a_client_begins_with_preface_settings_and_window_and_a_server_with_its_settings() -> None:
    ours = OurSettings(max_concurrent_streams=9, initial_window=70_000, connection_window=65_545, max_header_list=500)
    shared = "0004 00011170 0005 00004000 0006 000001f4 000004 08 00 00000000 0000000a"
    client = "00001e 04 00 00000000 0001 00000000 0002 00000000" + shared
    server = "000018 04 00 00000000 0003 00000009" + shared
    assert ClientConnection(ours).take() == frames.PREFACE + bytes.fromhex(client)
    assert ServerConnection(ours).take() == bytes.fromhex(server)


def test_a_request_and_its_answer_are_two_and_three_frames() -> None:
    client, server = by_hand.greeted_client(), by_hand.greeted_server()
    client.request(by_hand.REQUEST, b"body")
    octets = client.take()
    assert octets == bytes.fromhex("000034 01 04 00000001 20") + by_hand.REQUEST + bytes.fromhex(
        "000004 00 01 00000001"
    ) + (b"body")
    client.request(by_hand.REQUEST, b"")
    assert client.take() == by_hand.request(3, by_hand.END_HEADERS) + bytes.fromhex("000000 00 01 00000003")
    events = server.receive(octets)
    for block in (b"\x20" + by_hand.RESPONSE, by_hand.RESPONSE):
        server.respond(events[-1].stream, by_hand.RESPONSE, b"answer", by_hand.TRAILERS)  # type: ignore[union-attr]
        stream = 1 if block[0] == 0x20 else 3
        assert server.take() == (
            by_hand.frame(by_hand.HEADERS, by_hand.END_HEADERS, stream, block)
            + by_hand.frame(by_hand.DATA, 0, stream, b"answer")
            + by_hand.frame(by_hand.HEADERS, by_hand.WHOLE, stream, by_hand.TRAILERS)
        )
        events = server.receive(by_hand.request(3))
