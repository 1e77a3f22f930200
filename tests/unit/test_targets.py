"""Naming a target: on the command line and in the targets file, and what is said when it is no target."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tacorush.targets.address import TargetError, read_addresses, split_address
from tacorush.targets.target import DOCUMENTED, Target, parse
from tacorush.targets.targets_file import load
from tacorush.wire.tls import Tls

ROOT = Path(__file__).parents[2]
APART = "gateway=a:1,reservation=b:2,inventory=c:3,payment=b:2"


def test_without_a_word_the_documented_ports_of_this_machine_are_meant() -> None:
    assert parse(None) is DOCUMENTED
    assert DOCUMENTED.addresses == {
        "gateway": "127.0.0.1:8080",
        "reservation": "127.0.0.1:8081",
        "inventory": "127.0.0.1:8082",
        "payment": "127.0.0.1:8083",
    }
    assert (DOCUMENTED.allow_load, DOCUMENTED.max_rate) == (False, None)


def test_one_address_serves_every_entrance() -> None:
    target = parse(" localhost:9000 ")
    assert set(target.addresses.values()) == {"localhost:9000"}
    assert target.entrances("localhost:9000") == ("gateway", "reservation", "inventory", "payment")
    assert target.name == "localhost:9000"


def test_each_entrance_may_have_an_address_of_its_own() -> None:
    target = parse(APART)
    assert target.addresses == {"gateway": "a:1", "reservation": "b:2", "inventory": "c:3", "payment": "b:2"}
    assert target.entrances("b:2") == ("reservation", "payment")
    assert target.entrances("d:4") == ()


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("localhost:80", "localhost", 80), ("10.0.0.1:65535", "10.0.0.1", 65535), ("[::1]:8080", "::1", 8080)],
)
def test_an_address_has_host_and_port(text: str, host: str, port: int) -> None:
    assert split_address(text) == (host, port)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://a:80", "'http://a:80' is no address: write HOST:PORT, without http://"),
        ("::1:80", "'::1:80' is no address: write HOST:PORT, an IPv6 host in brackets, as [::1]:8080"),
        ("a:", "'a:' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        (":80", "':80' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        ("a:b", "'a:b' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        ("a b:80", "'a b:80' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        ("a:٣٣", "'a:٣٣' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        ("a:80/x", "'a:80/x' is no address: write HOST:PORT, as 127.0.0.1:8080"),
        ("a:0", "'a:0' is no address: a port is a number from 1 to 65535"),
        ("a:65536", "'a:65536' is no address: a port is a number from 1 to 65535"),
        (
            "gateway=a:1",
            "no address for reservation, inventory, payment: all of gateway, reservation, inventory, payment need one "
            "(the same may stand twice)",
        ),
        (
            APART.replace("payment", "payments"),
            "'payments' is no entrance of the platform: allowed are gateway, reservation, inventory, payment",
        ),
        ("gateway=a:1,gateway=b:1", "gateway has two addresses in 'gateway=a:1,gateway=b:1': write one"),
        (APART.replace("c:3", "c"), "'c' is no address: write HOST:PORT, as 127.0.0.1:8080"),
    ],
)
def test_what_is_no_address_is_told_with_what_is_one(text: str, said: str) -> None:
    with pytest.raises(TargetError) as caught:
        read_addresses(text)
    assert str(caught.value) == said


@pytest.mark.parametrize("text", ["staging", "8080", ""])
def test_a_name_needs_a_targets_file(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse(text)
    assert str(caught.value) == (
        f"{text!r} is no target: write HOST:PORT, or gateway=HOST:PORT,reservation=…,inventory=…,payment=…, "
        "or a name together with --targets-file FILE"
    )


def written(folder: Path, text: str) -> Path:
    file = folder / "targets.yaml"
    file.write_text(dedent(text))
    return file


WHOLE = """\
    targets:
      staging:
        addresses: tickets.example:443
        allow_load: true
        max_rate: 2000
        events: [evt_1, evt_2]
        promises: deployed
        tls: {ca: ca.pem, certificate: me.pem, key: me.key, server_name: tickets.example}
      apart:
        addresses:
          payment: "[::1]:8030"
          gateway: localhost:8000
          inventory: localhost:8020
          reservation: localhost:8011
        tls: {}
    """


def test_a_name_brings_all_that_its_entry_says(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    for name in ("ca.pem", "me.pem", "me.key"):
        (tmp_path / name).touch()
    assert parse("staging", file) == Target(
        "staging",
        dict.fromkeys(("gateway", "reservation", "inventory", "payment"), "tickets.example:443"),
        allow_load=True,
        max_rate=2000.0,
        events=("evt_1", "evt_2"),
        promises="deployed",
        tls=Tls(tmp_path / "ca.pem", tmp_path / "me.pem", tmp_path / "me.key", "tickets.example"),
        file=str(file),
    )
    apart = parse("apart", file)
    assert list(apart.addresses) == ["gateway", "reservation", "inventory", "payment"]
    assert (apart.addresses["payment"], apart.tls, apart.allow_load) == ("[::1]:8030", Tls(), False)
    assert apart.promises == ""


def test_an_address_is_an_address_whatever_the_file_says(tmp_path: Path) -> None:
    assert not parse("tickets.example:443", written(tmp_path, WHOLE)).allow_load


def test_a_name_that_the_file_does_not_have_is_told_with_those_it_has(tmp_path: Path) -> None:
    file = written(tmp_path, "targets: {b: {addresses: 'x:1'}, a: {addresses: 'x:1'}}")
    with pytest.raises(TargetError) as caught:
        parse("stagging", file)
    assert str(caught.value) == f"{file} names no target 'stagging': it has a, b"


def test_a_missing_file_of_tls_is_named_by_line(tmp_path: Path) -> None:
    file = written(tmp_path, WHOLE)
    with pytest.raises(TargetError) as caught:
        parse("staging", file)
    assert str(caught.value) == f"{file}, line 8: targets.staging.tls.ca: there is no file {tmp_path / 'ca.pem'}"


FIELDS = "addresses, allow_load, max_rate, events, promises, tls"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: targets: missing, and there is no default"),
        ("- a\n", "line 1: the file: found ['a']: write fields, as `name: value`"),
        ("targets:\n", "line 1: targets: found None: write fields, as `name: value`"),
        ("target: {}\n", "line 1: targets: missing, and there is no default (and 1 more)"),
        ("targets:\n  s: {}\n", "line 2: targets.s.addresses: missing, and there is no default"),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    max_rat: 4\n",
            f"line 4: targets.s.max_rat: no such field; allowed: {FIELDS}; did you mean max_rate?",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    promises: open\n",
            "line 4: targets.s.promises: found 'open': input should be '', 'documented' or 'deployed'",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    max_rate: fast\n",
            "line 4: targets.s.max_rate: found 'fast': input should be a valid number",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    max_rate: 0\n",
            "line 4: targets.s.max_rate: found 0: input should be greater than 0",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    max_rate: .inf\n",
            "line 4: targets.s.max_rate: found inf: input should be a finite number",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    allow_load: maybe\n",
            "line 4: targets.s.allow_load: found 'maybe': input should be a valid boolean",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    allow_load: true\n",
            "line 2: targets.s: allow_load: true needs max_rate, the calls a second that the target may get",
        ),
        (
            "targets:\n  s:\n    addresses: x\n",
            "line 3: targets.s.addresses: 'x' is no address: write HOST:PORT, as 127.0.0.1:8080",
        ),
        (
            "targets:\n  s:\n    addresses: {gateway: 1}\n",
            "line 3: targets.s.addresses: write HOST:PORT, or HOST:PORT for each of gateway, reservation, inventory, "
            "payment",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    tls: {keys: a}\n",
            "line 4: targets.s.tls.keys: no such field; allowed: ca, certificate, key, server_name; did you mean key?",
        ),
        (
            "targets:\n  s:\n    addresses: 'x:1'\n    tls: {key: a}\n",
            "line 4: targets.s.tls: certificate and key belong together: write both or neither",
        ),
        (
            "targets:\n  s: {addresses: 'x:1'}\n  s: {addresses: 'y:1'}\n",
            "line 3: targets.s stands twice, first in line 2: keep one",
        ),
        ("targets: [\n", "line 2: this is no YAML: expected the node content, but found '<stream end>'"),
        (
            "targets: !!python/name:os.system\n",
            "line 1: this is no YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/name:os.system'",
        ),
        ("targets: {[a]: b}\n", "line 1: this is no YAML: found unhashable key"),
    ],
)
def test_a_slip_is_told_by_file_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(TargetError) as caught:
        load(file)
    assert str(caught.value) == f"{file}, {said}"


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        load(tmp_path / "none.yaml")
    assert str(caught.value) == f"cannot read the targets file {tmp_path / 'none.yaml'}: No such file or directory"
    (tmp_path / "latin.yaml").write_bytes(b"targets: \xff")
    with pytest.raises(TargetError) as caught:
        load(tmp_path / "latin.yaml")
    assert str(caught.value) == f"cannot read the targets file {tmp_path / 'latin.yaml'}: it is no UTF-8 text"


def test_the_file_that_comes_along_can_be_used() -> None:
    """Each of its targets parses, and the one of docker-compose.yml may be loaded."""
    file = ROOT / "deploy" / "targets.yaml"
    targets = {name: parse(name, file) for name in load(file)}
    assert targets["compose"].allow_load
    assert set(targets["compose"].addresses.values()) == {"fakes:50051"}
    assert len(set(targets["apart"].addresses.values())) == 4
