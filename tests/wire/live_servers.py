"""A server of the port `serving` on an asyncio loop in a thread of its own, and a platform that does as it is told.

The thread that tests is then free to be the one of gevent's hub, which our own channel belongs to.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.serving import Call, Endpoint, Handler

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from tacorush.wire.serving import Server

SERVICE = "/gateway.v1.QueueService/"
LIMIT_S = 20.0
"""Bounds a wait for something that is sure to come."""

Result = TypeVar("Result")


class LiveServer:
    """Serves from `start` until `stop`; everything else asks its loop to do something."""

    def __init__(self, server: Server, endpoints: Sequence[Endpoint], address: str = "127.0.0.1:0") -> None:
        self.server = server
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)  # a test that fails may not stop it
        self._thread.start()
        try:
            (self.address,) = self.run(server.start(endpoints, [address]))
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> LiveServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def begin(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Starts a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs a coroutine on the loop and returns what it does."""
        return self.begin(work).result(LIMIT_S)

    def ask(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Calls a function on the loop and returns what it does."""

        async def called() -> Result:
            return function(*arguments)

        return self.run(called())

    def stop(self) -> None:
        """Ends every call and the thread; does nothing the second time."""
        if self._thread.is_alive():
            self.run(self.server.drain(0))
            self._end()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LIMIT_S)
        self.loop.close()


class Platform:
    """What the server of a test does, by the method that is called; remembers which calls came and which ended."""

    def __init__(self) -> None:
        self.came: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(0))
        """By method: released by every call that comes."""
        self.ended: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(0))
        """By method: released by every call that ends."""
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self.peers: list[str] = []

    def endpoints(self) -> list[Endpoint]:
        """Every method of it."""
        unary = {"Join": self.join, "Fail": self.fail, "Held": self.hold, "Big": self.big, "Meta": self.meta}
        streams = {"Count": self.count, "Break": self.break_off, "Watch": self.hold}
        request, response = queue_pb2.JoinQueueRequest, queue_pb2.JoinQueueResponse
        update = websocket_pb2.StreamQueueUpdatesResponse
        return [
            Endpoint(SERVICE + name, request, response, False, self._noted(name, do)) for name, do in unary.items()
        ] + [Endpoint(SERVICE + name, request, update, True, self._noted(name, do)) for name, do in streams.items()]

    def _noted(self, name: str, do: Callable[[Call, Any], None]) -> Handler:
        def handler(call: Call, request: Any) -> None:
            self.calls[name].append(call)
            self.peers.append(call.peer)
            call.on_end(self.ended[name].release)
            do(call, request)
            self.came[name].release()

        # Made now: two threads may ask for them at the same time later.
        assert self.came[name] is not None
        assert self.ended[name] is not None
        return handler

    def join(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Answers at once with who asked."""
        call.answer(queue_pb2.JoinQueueResponse(waiting_token=request.user_id))

    def fail(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Fails with the status in `user_id` and the detail in `event_id`."""
        call.fail(int(request.user_id), request.event_id)

    def hold(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Answers nothing: the test does, through `calls`."""

    def big(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Answers with as many octets as `user_id` says; with how many came when it says nothing."""
        token = "x" * int(request.user_id) if request.user_id else str(len(request.event_id))
        call.answer(queue_pb2.JoinQueueResponse(waiting_token=token))

    def meta(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Answers, or fails if `user_id` says a status, with metadata: what came goes back in the head and trailers."""
        sent = [(name, value) for name, value in call.metadata.items() if name.startswith("x-")]
        call.attach(initial=sent, trailing=[("last", "1"), *((f"y{name[1:]}", value) for name, value in sent)])
        if request.user_id:
            call.fail(int(request.user_id), "with metadata")
        else:
            call.answer(queue_pb2.JoinQueueResponse(waiting_token=call.path))

    def count(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Sends as many messages as `user_id` says."""
        for number in range(int(request.user_id)):
            assert call.send(update(str(number)))
        call.finish()

    def break_off(self, call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        """Sends one message, then fails with the status in `user_id`."""
        call.send(update("one"))
        call.fail(int(request.user_id), request.event_id)


def update(text: str) -> websocket_pb2.StreamQueueUpdatesResponse:
    """One message of a stream."""
    return websocket_pb2.StreamQueueUpdatesResponse(correlation_id=text)
