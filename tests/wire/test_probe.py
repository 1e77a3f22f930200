"""Looking at a target before any load: over real sockets, with servers that reflect in their own ways or not at all."""

from __future__ import annotations

import socket
import time
from concurrent import futures
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection, reflection_pb2

from contracts.catalogue import METHODS
from contracts.messages import queue_pb2
from tacorush.targets.address import ENTRANCES, everywhere
from tacorush.targets.probe import REFLECTIONS, dead_addresses, say_dead, served_methods
from tacorush.targets.target import Target
from tacorush.wire.grpcio_channel import GrpcioChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

QUEUE, PAYMENT = "gateway.v1.QueueService", "payment.v1.PaymentService"
LIMIT_S = 20.0


def contract_of(service: str) -> frozenset[str]:
    return frozenset(name for name, method in METHODS.items() if method.service == service)


class Mirror(grpc.GenericRpcHandler):
    """Reflects under one name, as a function answers; knows nothing else."""

    def __init__(self, name: str, answer: Any) -> None:
        self._path = f"/{name}/ServerReflectionInfo"
        self._answer = answer

    def service(self, details: Any) -> Any:
        """Serves reflection alone."""
        if details.method != self._path:
            return None

        def handle(requests: Iterable[Any], _: Any) -> Iterator[Any]:
            yield from map(self._answer, requests)

        return grpc.stream_stream_rpc_method_handler(
            handle,
            reflection_pb2.ServerReflectionRequest.FromString,
            reflection_pb2.ServerReflectionResponse.SerializeToString,
        )


@contextmanager
def channel_to(furnish: Callable[[grpc.Server], None]) -> Iterator[GrpcioChannel]:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    furnish(server)
    channel = GrpcioChannel(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", time.time_ns)
    server.start()
    yield channel
    channel.close()
    server.stop(0).wait(LIMIT_S)


@contextmanager
def mirror(name: str, answer: Any) -> Iterator[GrpcioChannel]:
    with channel_to(lambda server: server.add_generic_rpc_handlers((Mirror(name, answer),))) as channel:
        yield channel


def listing(*services: str) -> reflection_pb2.ServerReflectionResponse:
    rows = [reflection_pb2.ServiceResponse(name=name) for name in services]
    return reflection_pb2.ServerReflectionResponse(
        list_services_response=reflection_pb2.ListServiceResponse(service=rows)
    )


def unknown() -> reflection_pb2.ServerReflectionResponse:
    return reflection_pb2.ServerReflectionResponse(error_response=reflection_pb2.ErrorResponse(error_code=5))


def test_a_server_of_the_published_contract_serves_the_methods_of_the_services_that_it_names() -> None:
    names = (QUEUE, PAYMENT, reflection.SERVICE_NAME)
    with channel_to(lambda server: reflection.enable_server_reflection(names, server)) as channel:
        assert served_methods(channel, LIMIT_S) == contract_of(QUEUE) | contract_of(PAYMENT)


@pytest.mark.parametrize("name", REFLECTIONS)
def test_a_server_may_reflect_under_either_name(name: str) -> None:
    def answer(request: Any) -> Any:
        return listing(QUEUE) if request.HasField("list_services") else unknown()

    with mirror(name, answer) as channel:
        assert served_methods(channel, LIMIT_S) == contract_of(QUEUE)


def test_a_service_that_lacks_methods_is_taken_at_its_word() -> None:
    """A server built from an older contract describes fewer methods; one that is not the contract's does not count."""
    file = FileDescriptorProto(package="gateway.v1")
    queue_pb2.DESCRIPTOR.services_by_name["QueueService"].CopyToProto(file.service.add())
    del file.service[0].method[1:]
    file.service[0].method.add(name="JumpQueue")
    described = reflection_pb2.ServerReflectionResponse(
        file_descriptor_response=reflection_pb2.FileDescriptorResponse(file_descriptor_proto=[file.SerializeToString()])
    )
    with mirror(REFLECTIONS[0], lambda ask: listing(QUEUE) if ask.HasField("list_services") else described) as channel:
        assert served_methods(channel, LIMIT_S) == frozenset({f"{QUEUE}/JoinQueue"})


def test_services_of_somebody_else_are_no_methods_of_the_contract() -> None:
    with mirror(REFLECTIONS[0], lambda _: listing("somebody.Else", "gateway.v1.QueueServiceTwo")) as channel:
        assert served_methods(channel, LIMIT_S) == frozenset()


@pytest.mark.parametrize("name", ["none.at.All", REFLECTIONS[0]])
def test_of_a_server_that_does_not_reflect_nothing_is_claimed(name: str) -> None:
    with mirror(name, lambda _: unknown()) as channel:
        assert served_methods(channel, LIMIT_S) is None


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def test_where_something_listens_nothing_is_dead() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target("t", everywhere(address_of(server)))
        assert dead_addresses(target) == {}
    assert say_dead(target, {}) == ""


def test_dead_entrances_are_told_with_reason_and_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as alive:
        with socket.create_server(("127.0.0.1", 0)) as server:
            dead = address_of(server)
        addresses = dict.fromkeys(ENTRANCES, address_of(alive)) | {"reservation": dead, "inventory": dead}
        target = Target("t", MappingProxyType(addresses))
        found = dead_addresses(target)
    assert found == {dead: "Connection refused"}
    assert say_dead(target, found) == (
        f"nothing listens at {dead} (reservation, inventory): Connection refused. Start the platform (the bundled "
        "one: `tacorush fakes`), or name another with `--target HOST:PORT`"
    )


def test_a_host_that_does_not_resolve_is_dead() -> None:
    target = Target("t", everywhere("no-such-host.invalid:80"))
    assert list(dead_addresses(target)) == ["no-such-host.invalid:80"]


def test_a_host_that_never_answers_is_dead_after_the_limit() -> None:
    """A listener whose queue is full lets connections hang, as a firewall that drops packets does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = address_of(server)
        waiting = [socket.socket() for _ in range(8)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        assert dead_addresses(Target("t", everywhere(address)), limit_s=0.2) == {address: "no answer within 0.2 s"}
        for client in waiting:
            client.close()
