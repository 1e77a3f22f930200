"""Header blocks (RFC 7541): decoded by the `hpack` library, looked up where they repeat, and written down as literals.

We announce a header table of 0 octets (`settings.NO_TABLE` says when). Once the peer has acknowledged that, its blocks
depend on nothing that came before and repeat byte for byte; decoding one costs about 23 µs, looking it up 0.1 µs. So
the blocks of a connection are kept in a table, at most KNOWN_BLOCKS of at most KNOWN_OCTETS each. What varies from call
to call (a trace, a deadline that shrinks) stands at the end of a block with every peer that was looked at: a block that
is not known is cut before its first varying field, the part before the cut is looked up, the rest is read as literals
or decoded. Until the acknowledgement every block is decoded statefully.

What we write never refers to the dynamic table: `literal` and the three indexed fields of the static table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hpack import Decoder, HPACKError
from hpack.hpack import decode_integer, encode_integer

from tacorush.wire.http2 import fields as rules
from tacorush.wire.http2.errors import ProtocolError
from tacorush.wire.http2.frames import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

Fields: TypeAlias = "tuple[tuple[bytes, bytes], ...]"
"""Names and values, in the order in which they came."""

KNOWN_BLOCKS = 256
KNOWN_OCTETS = 1024
_LONGEST_DECODED = 1 << 18
"""A header list above this, counted as RFC 9113, 6.5.2 does, breaks the connection: the decoder stops in the middle."""
_CONSTANT = frozenset(
    {
        *(b":method", b":scheme", b":path", b":authority", b":status", b"te", b"content-type", b"user-agent"),
        *(b"grpc-encoding", b"grpc-accept-encoding", b"accept-encoding", b"grpc-status", b"grpc-message"),
    }
)
"""Fields that repeat from call to call."""
_WHOLE_ONLY = frozenset({b"content-length", b"grpc-status", b"grpc-message", b"grpc-encoding", b"content-type"})
"""Fields that are looked for in the constant part alone: a block that has one further on is not cut."""
_SHORT_TIMEOUT = 4
"""A grpc-timeout of so few octets (`600m`) was chosen by somebody; a longer one (`599972u`) counts down."""

TABLE_SIZE_ZERO = b"\x20"
"""Says that the encoder uses no dynamic table (RFC 7541, 6.3)."""
_METHOD_POST, _SCHEME_HTTP, _SCHEME_HTTPS, _STATUS_200 = b"\x83", b"\x86", b"\x87", b"\x88"
_INDEXED = {
    (b":method", b"POST"): _METHOD_POST,
    (b":scheme", b"http"): _SCHEME_HTTP,
    (b":scheme", b"https"): _SCHEME_HTTPS,
    (b":status", b"200"): _STATUS_200,
}
SHORT = 0x7F
"""From this length on a string's length takes more than one octet, and with this bit set it is Huffman-coded."""


class FieldBlock:
    """A decoded block or the constant part of one. `meaning` is for whoever reads it: made once, found again."""

    __slots__ = (
        "fields",
        "length",
        "meaning",
        "plain_head",
        "request_fault",
        "response_fault",
        "size",
        "trailers_fault",
    )

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.size = rules.list_size(fields)
        self.request_fault = rules.request_fault(fields)
        self.response_fault = rules.response_fault(fields)
        self.trailers_fault = rules.trailers_fault(fields)
        self.length = rules.content_length(fields)
        """See `fields.content_length`."""
        self.plain_head = self.length == -1 and self.fields[:1] != () and self.fields[0][1][:1] != b"1"
        """A head that says nothing of its body's length and is no 1xx."""
        self.meaning: Any = None


class BlockDecoder:
    """Decodes the blocks of one direction of one connection."""

    def __init__(self) -> None:
        self._hpack = Decoder(max_header_list_size=_LONGEST_DECODED)
        self.stateless = False
        """Blocks depend on nothing that came before."""
        self._acknowledged = False
        self._known: dict[bytes, FieldBlock] = {}
        self._cuts: dict[int, int] = {}
        """Length of a block to where blocks of that length were cut last."""

    def acknowledged(self) -> None:
        """The peer has taken our header table of 0 over (RFC 9113, 4.3.1)."""
        self._acknowledged = True

    def known(self, block: bytes) -> FieldBlock | None:
        """The block when it is known whole."""
        return self._known.get(block)

    def decode(self, block: bytes) -> tuple[FieldBlock, Fields]:
        """Returns a block, whole or its constant part, and the fields behind; raises ProtocolError."""
        known = self._known.get(block)
        if known is not None:
            return known, ()
        if self.stateless:
            cut = self._cuts.get(len(block))
            if cut is not None:
                known = self._known.get(block[:cut])
                if known is not None:
                    more = read_literals(block, cut)
                    return (known, more) if more is not None else self._with_odd_end(known, block[cut:])
        return self._decode_new(block)

    def _with_odd_end(self, known: FieldBlock, end: bytes) -> tuple[FieldBlock, Fields]:
        if end[0] & 0xE0 == 0x20:  # alone, the end could begin with what a block may begin with
            raise ProtocolError(Code.COMPRESSION_ERROR, "a table size update inside a header block")
        more = self._decoded(end)
        if _is_constant_after_all(more):
            return FieldBlock(known.fields + more), ()
        return known, more

    def _decode_new(self, block: bytes) -> tuple[FieldBlock, Fields]:
        if self._acknowledged and not self.stateless:
            self._drop_table(block)
        decoded = self._decoded(block)
        if not self.stateless or len(block) > KNOWN_OCTETS or not decoded:
            return FieldBlock(decoded), ()
        if len(self._known) >= KNOWN_BLOCKS:
            self._known.clear()
            self._cuts.clear()
        constant = next((at for at, field in enumerate(decoded) if not _repeats(*field)), len(decoded))
        if not 0 < constant < len(decoded) or _is_constant_after_all(decoded[constant:]):
            known = self._known[block] = FieldBlock(decoded)
            return known, ()
        cut = self._cuts[len(block)] = _starts(block)[constant]
        found = self._known.get(block[:cut])
        if found is None:
            found = self._known[block[:cut]] = FieldBlock(decoded[:constant])
        return found, decoded[constant:]

    def _drop_table(self, block: bytes) -> None:
        """The first block after the acknowledgement: it must empty the table, unless nothing was ever put into it."""
        if block[:1] != TABLE_SIZE_ZERO and self._hpack.header_table.dynamic_entries:
            raise ProtocolError(Code.COMPRESSION_ERROR, "the header table was not emptied as the settings ask")
        self._hpack.header_table_size = 0
        self._hpack.max_allowed_table_size = 0
        self.stateless = True

    def _decoded(self, block: bytes) -> Fields:
        try:
            return tuple((bytes(name), bytes(value)) for name, value in self._hpack.decode(block, raw=True))
        except HPACKError as error:
            raise ProtocolError(Code.COMPRESSION_ERROR, f"a header block: {error}") from error
        except (IndexError, ValueError) as error:  # the library's own slips on truncated blocks
            raise ProtocolError(Code.COMPRESSION_ERROR, f"a broken header block: {error}") from error


def read_literals(block: bytes, position: int) -> Fields | None:
    """Reads well-formed literal fields with plain, short strings up to the block's end; None where it has others."""
    found = []
    end = len(block)
    while position < end:
        if block[position] not in (0x00, 0x10):
            return None
        try:
            name_end = position + 2 + block[position + 1]
            value_end = name_end + 1 + block[name_end]
        except IndexError:
            return None
        if block[position + 1] >= SHORT or block[name_end] >= SHORT or value_end > end:
            return None
        name, value = block[position + 2 : name_end], block[name_end + 1 : value_end]
        if name[:1] == b":" or name in _WHOLE_ONLY or rules.regular_fault(name, value):
            return None
        found.append((name, value))
        position = value_end
    return tuple(found)


def literal(name: bytes, value: bytes) -> bytes:
    """A field as a literal without indexing (RFC 7541, 6.2.2), its strings as they are."""
    if len(name) < SHORT and len(value) < SHORT:
        return b"\x00%c%b%c%b" % (len(name), name, len(value), value)
    lengths = bytes(encode_integer(len(name), 7)), bytes(encode_integer(len(value), 7))
    return b"\x00%b%b%b%b" % (lengths[0], name, lengths[1], value)


def write_block(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A block that refers to nothing dynamic."""
    return b"".join(_INDEXED.get((name, value)) or literal(name, value) for name, value in fields)


def _is_constant_after_all(more: Fields) -> bool:
    """The varying end of a block has what only the whole block can be judged by."""
    return bool(rules.trailers_fault(more)) or any(name in _WHOLE_ONLY for name, _ in more)


def _repeats(name: bytes, value: bytes) -> bool:
    return name in _CONSTANT or (name == b"grpc-timeout" and len(value) <= _SHORT_TIMEOUT)


def _starts(block: bytes) -> list[int]:
    """Where each field of a block that was decoded without error begins; table size updates are no fields."""
    starts = []
    position = 0
    while position < len(block):
        first = block[position]
        if first & 0xE0 == 0x20:
            position += decode_integer(block[position:], 5)[1]
            continue
        starts.append(position)
        if first & 0x80:
            position += decode_integer(block[position : position + 8], 7)[1]
            continue
        index, used = decode_integer(block[position : position + 8], 6 if first & 0x40 else 4)
        position += used
        for _ in range(1 if index else 2):
            length, used = decode_integer(_plain(block[position : position + 8]), 7)
            position += used + length
    return starts


def _plain(text: bytes) -> bytes:
    return bytes((text[0] & SHORT,)) + text[1:]
