"""The run file's tables: one SQLite file that holds all that a run left behind.

Cells are histograms by second, key and process; keys and the names of processes are written once and numbered. The
claims of a delta stand in one row, packed (`packed_claims`). `deltas` remembers which deltas are in, so that one that
comes twice changes nothing, and how many calls, claims and arrivals each brought: SEALS says what these sums must equal
in a file that is whole.
"""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from tacorush.evidence.records import KeptCall

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 4
APPLICATION_ID = 0x7AC0_2054
"""SQLite's application id, by which a run file is told from other databases."""

CALL_COLUMNS = tuple(field.name for field in fields(KeptCall))

_TYPES: Mapping[str, str] = MappingProxyType({"int": "INTEGER NOT NULL", "str": "TEXT NOT NULL"})


def _columns(shape: type[KeptCall]) -> str:
    return ", ".join(f'"{field.name}" {_TYPES[str(field.type)]}' for field in fields(shape))  # annotations are strings


TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE processes (process TEXT PRIMARY KEY, info TEXT NOT NULL)",
    "CREATE TABLE keys (id INTEGER PRIMARY KEY, measure TEXT, journey TEXT, outcome TEXT, code TEXT, clock TEXT,"
    " UNIQUE (measure, journey, outcome, code, clock))",
    "CREATE TABLE cells (second INTEGER, key INTEGER REFERENCES keys, process TEXT, count INTEGER NOT NULL,"
    " histogram BLOB NOT NULL, PRIMARY KEY (second, key, process))",
    "CREATE TABLE claims (process TEXT, sequence INTEGER, count INTEGER NOT NULL, checksum INTEGER NOT NULL,"
    " packed BLOB NOT NULL, PRIMARY KEY (process, sequence))",
    f"CREATE TABLE calls (id INTEGER PRIMARY KEY, process TEXT NOT NULL, {_columns(KeptCall)})",
    "CREATE TABLE arrivals (second INTEGER, process TEXT, planned INTEGER, started INTEGER, late INTEGER,"
    " dropped INTEGER, digest TEXT, PRIMARY KEY (second, process))",
    "CREATE TABLE counters (process TEXT, name TEXT, value REAL, PRIMARY KEY (process, name))",
    "CREATE TABLE extras (process TEXT, name TEXT, value TEXT, PRIMARY KEY (process, name))",
    # Last: pages are written in their order, so half a commit that has this one has the small tables too.
    "CREATE TABLE deltas (process TEXT, sequence INTEGER, calls INTEGER, claims INTEGER, arrivals INTEGER,"
    " PRIMARY KEY (process, sequence))",
)

SEALS: Mapping[str, str] = MappingProxyType(
    {
        "SELECT total(calls) FROM deltas": "SELECT total(count) FROM cells",
        "SELECT total(claims) FROM deltas": "SELECT total(count) FROM claims",
        "SELECT total(arrivals) FROM deltas": "SELECT total(planned + started + late + dropped) FROM arrivals",
    }
)
"""What the deltas brought, and what is there of it: equal in every committed state."""
