"""Incident `error-inside-ok`: a share of the calls fails, but its status says OK."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class ErrorInsideOk(Incident):
    """One call in twenty is answered with status OK, an INTERNAL error inside and empty ids, and not served: what was
    once taken for success downstream.
    """

    name = "error-inside-ok"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "error-inside-ok"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def instead(self, method: Method, request: Message) -> Message | None:  # noqa: ARG002
        """The method's own response, empty but for the error; under status OK in either error mode."""
        if not self.concerns(method) or not self.strikes():
            return None
        response = method.response()
        error = errors_pb2.Error(code=errors_pb2.ERROR_CODE_INTERNAL, message="upstream: unexpected EOF")
        response.error.CopyFrom(error)  # type: ignore[attr-defined]
        return response
