"""Incident `status-unspecified`: a share of the answers says OK and has no status."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.omission import Omission


class StatusUnspecified(Omission):
    """One call in twenty is served and answered with status OK and the status UNSPECIFIED, as when a service knows a
    word that the gateway does not: nobody can tell what became of the call.
    """

    name = "status-unspecified"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "status-unspecified:p=0.1"),
        scenario="flow",
        run=("--rate", "20", "--duration", "15s"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})
    omits = int
