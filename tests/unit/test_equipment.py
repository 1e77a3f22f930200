"""What a process is given to reach the platform: nothing that its permit would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tacorush.fleet.carriage import Carriage
from tacorush.fleet.equipment import _named, equip
from tacorush.fleet.unfit import Unfit
from tacorush.targets.address import everywhere
from tacorush.targets.permit import Permit
from tacorush.targets.target import Target
from tacorush.wire.tls import Tls


def test_a_name_that_has_moved_since_it_was_checked_is_refused_in_one_sentence() -> None:
    """Checked at the start of the process, asked again by each run of it."""
    target = Target("t", everywhere("here:1"))
    answers = iter([["127.0.0.1"], ["192.0.2.7"]])
    permit = Permit(target, resolve=lambda host, port: next(answers))
    permit.check_all()
    with pytest.raises(Unfit, match=r"^--target: here:1 may not be loaded: here \(192\.0\.2\.7\) is not this machine"):
        equip(target, permit, lambda: 0, Carriage())


@pytest.mark.parametrize(("transport", "name"), [("wire", "GeventChannel"), ("grpcio", "GrpcioChannel")])
def test_channels_lead_to_the_address_that_was_checked(transport: str, name: str) -> None:
    target = Target("t", everywhere("here:1"))
    tools = equip(target, Permit(target, resolve=lambda host, port: ["127.0.0.1"]), lambda: 0, Carriage(transport))
    assert {repr(channel) for channel in tools.channels.values()} == {f"<{name} 127.0.0.1:1 connections=2>"}
    tools.close()


def test_a_certificate_is_held_against_the_name_as_it_was_written() -> None:
    plain, own = Tls(ca=Path("ca.pem")), Tls(ca=Path("ca.pem"), server_name="own.test")
    assert _named(plain, "here:1", "127.0.0.1:1") == Tls(ca=Path("ca.pem"), server_name="here")
    assert _named(plain, "there:1", "there:1") is plain
    assert _named(own, "here:1", "127.0.0.1:1") is own
    assert _named(None, "here:1", "127.0.0.1:1") is None
