"""Server reflection for the asyncio server (grpc.reflection.v1 and v1alpha): which services there are, and their files.

Both versions have the same messages under other package names; what is answered comes from the default descriptor pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from tacorush.wire.answering import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.descriptor import FileDescriptor

    from tacorush.wire.serving import Call

SERVICES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
_NOT_FOUND, _UNIMPLEMENTED = 5, 12


def reflection_routes(services: Sequence[str]) -> list[Route]:
    """What answers questions about these services, under both names."""
    listed = sorted({*services, *SERVICES})

    def tell(call: Call, request: ServerReflectionRequest) -> None:
        call.send(_answer(request, listed))

    return [
        Route(
            f"/{name}/ServerReflectionInfo",
            ServerReflectionRequest.FromString,
            tell,
            streams=True,
            dialogue=True,
        )
        for name in SERVICES
    ]


def _answer(request: ServerReflectionRequest, listed: Sequence[str]) -> ServerReflectionResponse:
    asked = request.WhichOneof("message_request")
    answer = ServerReflectionResponse(valid_host=request.host, original_request=request)
    if asked == "list_services":
        for name in listed:
            answer.list_services_response.service.add(name=name)
        return answer
    try:
        if asked == "file_by_filename":
            _add_files(answer, descriptor_pool.Default().FindFileByName(request.file_by_filename))
        elif asked == "file_containing_symbol":
            _add_files(answer, _file_of(request.file_containing_symbol))
        elif asked == "all_extension_numbers_of_type":
            found = descriptor_pool.Default().FindMessageTypeByName(request.all_extension_numbers_of_type)
            answer.all_extension_numbers_response.base_type_name = found.full_name
        else:
            _refuse(answer, _NOT_FOUND if asked else _UNIMPLEMENTED, f"{asked or 'nothing'} cannot be answered")
    except KeyError as error:
        _refuse(answer, _NOT_FOUND, f"not found: {error.args[0]}")
    return answer


def _refuse(answer: ServerReflectionResponse, code: int, text: str) -> None:
    answer.error_response.error_code = code
    answer.error_response.error_message = text


def _file_of(symbol: str) -> FileDescriptor:
    """The file of a service, message, enum or method; KeyError when there is none."""
    pool = descriptor_pool.Default()
    try:
        return pool.FindFileContainingSymbol(symbol)
    except KeyError:
        return pool.FindMethodByName(symbol).containing_service.file


def _add_files(answer: ServerReflectionResponse, file: FileDescriptor) -> None:
    """Adds a file and all that it imports, itself first."""
    wanted, seen = [file], set()
    while wanted:
        one = wanted.pop(0)
        if one.name in seen:
            continue
        seen.add(one.name)
        described = descriptor_pb2.FileDescriptorProto()
        one.CopyToProto(described)
        answer.file_descriptor_response.file_descriptor_proto.append(described.SerializeToString())
        wanted.extend(one.dependencies)
