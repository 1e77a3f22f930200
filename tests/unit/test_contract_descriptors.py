"""The compiled contract against the published one, kept as data apart from the proto files: a slip in a number fails.

`tests/data/contract.json` holds, by file, `service: {method: "Request -> [stream ]Response"}`,
`message: {field: "number [repeated ]type"}` and `enum: {value: number}`, types by their full names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FieldDescriptor

import contracts.catalogue  # noqa: F401 - registers the contract's files
from contracts.generate import proto_files

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FileDescriptor, MethodDescriptor

PUBLISHED: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "contract.json").read_text())

SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_DOUBLE: "double",
}


def type_of(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        if field.message_type.GetOptions().map_entry:
            key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
            return f"map<{type_of(key)}, {type_of(value)}>"
        name = field.message_type.full_name
    elif field.enum_type is not None:
        name = field.enum_type.full_name
    else:
        name = SCALARS[field.type]
    return f"repeated {name}" if field.is_repeated else name


def fields_of(message: Descriptor) -> dict[str, str]:
    return {field.name: f"{field.number} {type_of(field)}" for field in message.fields}


def shape_of(method: MethodDescriptor) -> str:
    assert not method.client_streaming, method.full_name
    stream = "stream " if method.server_streaming else ""
    return f"{method.input_type.full_name} -> {stream}{method.output_type.full_name}"


def compiled(name: str) -> dict[str, Any]:
    file: FileDescriptor = descriptor_pool.Default().FindFileByName(name)
    return {
        "package": file.package,
        "services": {
            service.name: {method.name: shape_of(method) for method in service.methods}
            for service in file.services_by_name.values()
        },
        "messages": {message.name: fields_of(message) for message in file.message_types_by_name.values()},
        "enums": {
            enum.name: {value.name: value.number for value in enum.values} for enum in file.enum_types_by_name.values()
        },
    }


def test_the_published_files_are_all_there_and_no_others() -> None:
    assert proto_files() == sorted(PUBLISHED)


@pytest.mark.parametrize("part", ["package", "services", "messages", "enums"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_name_number_and_type_is_the_published_one(name: str, part: str) -> None:
    assert compiled(name)[part] == PUBLISHED[name][part]


def test_the_published_contract_has_the_size_that_is_told_of_it() -> None:
    """The data file itself is whole: 11 files, 4 packages, 9 services, 50 methods, 3 of them streams."""
    services = [methods for file in PUBLISHED.values() for methods in file["services"].values()]
    shapes = [shape for methods in services for shape in methods.values()]
    assert (len(PUBLISHED), len({file["package"] for file in PUBLISHED.values()})) == (11, 4)
    assert (len(services), len(shapes), sum("-> stream " in shape for shape in shapes)) == (9, 50, 3)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_enum_begins_with_unspecified_and_no_message_is_nested(name: str) -> None:
    """What `compiled` does not look into: proto3's presence rules, and types inside types."""
    file = descriptor_pool.Default().FindFileByName(name)
    for enum in file.enum_types_by_name.values():
        assert (enum.values[0].number, enum.values[0].name.endswith("_UNSPECIFIED")) == (0, True)
    for message in file.message_types_by_name.values():
        assert all(nested.GetOptions().map_entry for nested in message.nested_types)
        assert list(message.enum_types) == []
        assert list(message.oneofs) == [], "no oneof and no `optional` is published"
        scalars = [field for field in message.fields if field.message_type is None and not field.is_repeated]
        assert [field.name for field in scalars if field.has_presence] == []
