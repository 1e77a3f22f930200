"""Incident `empty-ids`: a share of the answers says OK and has no ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.omission import Omission


class EmptyIds(Omission):
    """One call in twenty is served and answered with status OK, no error and empty ids, as when a mapping between two
    versions of a message drops a field: what was made cannot be named any more.
    """

    name = "empty-ids"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "empty-ids:p=0.1"),
        scenario="flow",
        run=("--rate", "20", "--duration", "15s"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})
    omits = str
