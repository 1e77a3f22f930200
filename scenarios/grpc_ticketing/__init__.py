"""The port `Ticketing` over a wire channel: calls, what they are worth, and the claims that they leave behind."""

from __future__ import annotations

from scenarios.grpc_ticketing.line import Allowance, Book, Line
from scenarios.grpc_ticketing.person import GrpcTicketing

__all__ = ["Allowance", "Book", "GrpcTicketing", "Line"]
