"""Looks at a target before any load: does something listen at each entrance, and which methods does it serve?

Listening is asked with a plain TCP connection. Served methods are asked by server reflection, which the published
services do not all have: where it is missing nothing is known, and nothing is claimed. Works on gevent and without.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from contracts.catalogue import METHODS, SERVICES
from tacorush.targets.address import split_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tacorush.targets.target import Target
    from tacorush.wire.channel import Channel

REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
"""Names under which servers reflect, the newer first; the messages are the same."""


def dead_addresses(target: Target, limit_s: float = 2.0) -> dict[str, str]:
    """Connects to each address of the target once, `limit_s` seconds at the most; returns the dead ones and why."""
    dead: dict[str, str] = {}
    for address in dict.fromkeys(target.addresses.values()):
        try:
            socket.create_connection(split_address(address), timeout=limit_s).close()
        except TimeoutError:
            dead[address] = f"no answer within {limit_s:g} s"
        except OSError as error:
            dead[address] = error.strerror or str(error)
    return dead


def say_dead(target: Target, dead: Mapping[str, str]) -> str:
    """Says in one line where nothing listens and what to do; empty when all is well."""
    if not dead:
        return ""
    parts = [f"{address} ({', '.join(target.entrances(address))}): {reason}" for address, reason in dead.items()]
    return (
        f"nothing listens at {'; '.join(parts)}. Start the platform (the bundled one: `tacorush fakes`), "
        "or name another with `--target HOST:PORT`"
    )


def served_methods(channel: Channel, limit_s: float = 2.0) -> frozenset[str] | None:
    """Asks one entrance for the contract's methods that it serves, by full name; None where it does not reflect."""
    for reflection in REFLECTIONS:
        answer = _ask(channel, reflection, ServerReflectionRequest(list_services=""), limit_s)
        if answer is not None:
            services = {row.name for row in answer.list_services_response.service}
            names = [_methods_of(channel, reflection, name, limit_s) for name in SERVICES if name in services]
            return frozenset().union(*names)
    return None


def _methods_of(channel: Channel, reflection: str, service: str, limit_s: float) -> frozenset[str]:
    """The methods of one service as the server describes it; the contract's own when it cannot."""
    answer = _ask(channel, reflection, ServerReflectionRequest(file_containing_symbol=service), limit_s)
    for serialized in () if answer is None else answer.file_descriptor_response.file_descriptor_proto:
        file = FileDescriptorProto.FromString(serialized)
        for row in file.service:
            if f"{file.package}.{row.name}" == service:
                return frozenset(f"{service}/{method.name}" for method in row.method) & METHODS.keys()
    return frozenset(name for name, method in METHODS.items() if method.service == service)


def _ask(
    channel: Channel, reflection: str, request: ServerReflectionRequest, limit_s: float
) -> ServerReflectionResponse | None:
    """One question on a stream of its own; None when there is no answer."""
    stream = channel.stream(f"/{reflection}/ServerReflectionInfo", request, ServerReflectionResponse, limit_s)
    for answer in stream:
        stream.cancel()
        if isinstance(answer, ServerReflectionResponse) and not answer.HasField("error_response"):
            return answer
        return None
    return None
