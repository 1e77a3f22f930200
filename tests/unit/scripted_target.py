"""A target, a time and a book that do what a test says, and remember what was asked of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.protobuf.message import Message

from contracts.catalogue import METHODS, PORTS
from tacorush.evidence.records import Claim
from tacorush.wire.channel import Answer, Channel, Metadata

T = TypeVar("T")
SECOND = 1_000_000_000
START_NS = 1_760_000_000 * SECOND

Act = Callable[[Any], "Message | Answer | Sequence[Message | Answer]"]


@dataclass
class ScriptedIo:
    """A clock that moves by what is slept, and by `call_ns` at each call; nothing is concurrent."""

    now_ns: int = START_NS
    call_ns: int = 1_000_000
    slept: list[float] = field(default_factory=list)

    def clock(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ns += round(seconds * SECOND)

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        return [call() for call in calls]


@dataclass(frozen=True)
class Written:
    """One call as the recorder got it."""

    method: str
    kind: str
    journey: int
    outcome: str
    code: str
    due_ns: int
    sent_ns: int
    answered_ns: int
    detail: str
    trace: str


@dataclass
class ScriptedBook:
    """A recorder that keeps everything as it came."""

    calls: list[Written] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    times: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def call(
        self,
        method: str,
        kind: str,
        journey: int,
        outcome: str,
        code: str,
        due_ns: int,
        sent_ns: int,
        answered_ns: int,
        detail: str = "",
        trace: str = "",
    ) -> None:
        self.calls.append(Written(method, kind, journey, outcome, code, due_ns, sent_ns, answered_ns, detail, trace))

    def time(self, measure: str, kind: str, outcome: str, code: str, ns: int) -> None:
        self.times.append((measure, kind, outcome, code, ns))

    def claim(self, claim: Claim) -> None:
        self.claims.append(claim)

    def count(self, name: str, n: float = 1) -> None:
        self.counts[name] += int(n)

    def asked(self) -> list[str]:
        """The short names of the calls, in their order."""
        return [METHODS[call.method].short for call in self.calls]


@dataclass
class ScriptedPermit:
    """Lets so many calls pass; None: all."""

    left: int | None = None

    def spend(self, now_ns: int) -> bool:
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


class ScriptedStream:
    """A stream that sends what was scripted and then ends."""

    def __init__(self, messages: Sequence[Message], end: Answer) -> None:
        self._messages = messages
        self._end = end
        self.answer: Answer | None = None
        self.cancelled = False

    def __iter__(self) -> Iterator[Message]:
        yield from self._messages
        self.answer = self._end

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class ScriptedTarget:
    """Answers each method by its short name; what is not scripted is UNIMPLEMENTED. Remembers every request."""

    io: ScriptedIo
    acts: dict[str, Act] = field(default_factory=dict)
    requests: list[tuple[str, Any]] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)
    streams: list[ScriptedStream] = field(default_factory=list)

    @property
    def channels(self) -> Mapping[str, Channel]:
        return dict.fromkeys(PORTS, self)

    def said(self, short: str) -> list[Any]:
        """The requests to one method, in their order."""
        return [request for name, request in self.requests if name.endswith("/" + short)]

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        self._remember(path, request, deadline_s, metadata)
        sent_ns = self.io.now_ns
        self.io.now_ns += self.io.call_ns
        said = self._act(path, request)
        if isinstance(said, Answer):
            return said
        assert isinstance(said, response)
        return Answer(0, "", said, "answered", sent_ns, self.io.now_ns)

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> ScriptedStream:
        self._remember(path, request, deadline_s, metadata)
        sent_ns = self.io.now_ns
        self.io.now_ns += self.io.call_ns
        said = self._act(path, request)
        if isinstance(said, Answer):
            self.streams.append(ScriptedStream((), said))
        else:
            assert isinstance(said, Sequence)
            ends = [part for part in said if isinstance(part, Answer)]
            end = ends[0] if ends else Answer(0, "", None, "answered", sent_ns, self.io.now_ns)
            self.streams.append(ScriptedStream([part for part in said if isinstance(part, Message)], end))
        return self.streams[-1]

    def close(self) -> None:
        pass

    def _remember(self, path: str, request: Message, deadline_s: float, metadata: Metadata) -> None:
        assert isinstance(request, METHODS[path[1:]].request)
        self.requests.append((path[1:], request))
        self.metadata.append(metadata)
        self.deadlines.append(deadline_s)

    def _act(self, path: str, request: Message) -> Message | Answer | Sequence[Message | Answer]:
        act = self.acts.get(path[1:]) or self.acts.get(METHODS[path[1:]].short)
        return act(request) if act else status(self.io, 12, "unknown method")


def status(io: ScriptedIo, code: int, detail: str = "") -> Answer:
    """An answer with a native status."""
    return Answer(code, detail, None, "answered", io.now_ns - io.call_ns, io.now_ns)


def lost(io: ScriptedIo, code: int = 4) -> Answer:
    """No answer: the deadline (or another status of the transport's own)."""
    return Answer(code, "deadline", None, "unanswered", io.now_ns - io.call_ns, io.now_ns)


def unsent(io: ScriptedIo) -> Answer:
    """No connection."""
    return Answer(14, "connect: refused", None, "unsent", io.now_ns - io.call_ns, io.now_ns)
