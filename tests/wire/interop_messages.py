"""The messages of gRPC's test service, compiled when they are first asked for, in a pool of their own.

Other packages bring `grpc.testing` too; in the default pool of descriptors the second would be refused.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

if TYPE_CHECKING:
    from google.protobuf.descriptor_pool import DescriptorPool

PROTO = Path(__file__).parent / "interop_proto"
SERVICE = "grpc.testing.TestService"


@cache
def message(name: str) -> Any:
    """The class of a message by its short name."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"grpc.testing.{name}"))


@cache
def _pool() -> DescriptorPool:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "set")
        files = [path.name for path in PROTO.glob("*.proto")]
        assert protoc.main(["protoc", f"-I{PROTO}", "--include_imports", f"--descriptor_set_out={made}", *files]) == 0
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes()).file:
            pool.Add(file)
    return pool


def zeros(size: int) -> Any:
    """A payload of this many zero bytes, as the cases have them."""
    return message("Payload")(body=bytes(size))
