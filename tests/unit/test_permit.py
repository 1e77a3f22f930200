"""The permit: who may be loaded at all, and how many calls go through in any stretch of time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.targets.address import everywhere
from tacorush.targets.permit import BURST_NS, LoadNotAllowed, Permit
from tacorush.targets.target import Target, parse

SECOND_NS = 1_000_000_000


class Names:
    """Resolves from a table; a name that is not in it leads nowhere."""

    def __init__(self, **hosts: Sequence[str]) -> None:
        self._hosts = hosts

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Looks the host up, numeric ones aside."""
        if host[0].isdigit() or ":" in host:
            return [host]
        if host not in self._hosts:
            raise OSError(-2, "Name or service not known")
        return self._hosts[host]


NAMES = Names(here=["127.0.0.1", "::1"], there=["10.1.2.3"], both=["127.0.0.1", "192.0.2.7"], nothing=[])


def target(address: str, *, allow_load: bool = False, max_rate: float | None = None, file: str = "") -> Target:
    return Target("staging", everywhere(address), allow_load=allow_load, max_rate=max_rate, file=file)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "here:1"])
def test_this_machine_may_always_be_loaded(address: str) -> None:
    permit = Permit(target(address), resolve=NAMES)
    permit.check(address)
    permit.check_all()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("10.0.0.5:80", "10.0.0.5 is not this machine"),
        ("0.0.0.0:80", "0.0.0.0 is not this machine"),
        ("[::ffff:10.0.0.5]:80", "::ffff:10.0.0.5 is not this machine"),
        ("there:80", "there (10.1.2.3) is not this machine"),
        ("both:80", "both (192.0.2.7) is not this machine"),
        ("nothing:80", "the name nothing has no address, so it may be any machine"),
        ("unheard:80", "the name unheard does not resolve (Name or service not known), so it may be any machine"),
    ],
)
def test_another_machine_is_refused_with_the_way_to_allow_it(address: str, reason: str) -> None:
    with pytest.raises(LoadNotAllowed) as caught:
        Permit(target(address), resolve=NAMES).check_all()
    assert str(caught.value) == (
        f"{address} may not be loaded: {reason}; name it in a targets file with `allow_load: true` and `max_rate: "
        "CALLS_A_SECOND` (deploy/targets.yaml shows how), then run with `--targets-file FILE --target NAME`"
    )


@pytest.mark.parametrize(
    ("address", "listening", "place"),
    [
        ("here:1", {"127.0.0.1", "::1"}, "127.0.0.1:1"),
        ("here:1", {"::1"}, "[::1]:1"),
        ("here:1", set(), "127.0.0.1:1"),
        ("127.0.0.1:1", set(), "127.0.0.1:1"),
        ("[::1]:1", set(), "[::1]:1"),
    ],
)
def test_a_name_of_this_machine_is_connected_to_by_the_address_that_was_checked(
    address: str, listening: set[str], place: str
) -> None:
    """The name is resolved again at every reconnect, and may then lead anywhere."""
    assert Permit(target(address), resolve=NAMES).place(address, lambda ip, port: ip in listening) == place


def test_what_the_file_allows_is_connected_to_as_it_is_written_and_nothing_else() -> None:
    allowed = Permit(target("there:80", allow_load=True, max_rate=10), resolve=NAMES)
    assert allowed.place("there:80") == "there:80"
    with pytest.raises(LoadNotAllowed, match=r"^both:80 may not be loaded"):
        allowed.place("both:80")


def test_a_target_of_a_file_is_told_what_to_write_where() -> None:
    with pytest.raises(LoadNotAllowed, match=r"write `allow_load: true` and .* under targets\.staging in t\.yaml$"):
        Permit(target("there:80", file="t.yaml"), resolve=NAMES).check("there:80")


def test_a_target_that_is_allowed_and_limited_may_be_loaded() -> None:
    Permit(target("there:80", allow_load=True, max_rate=10), resolve=NAMES).check_all()


def test_allowed_without_a_limit_is_refused() -> None:
    with pytest.raises(LoadNotAllowed):
        Permit(target("there:80", allow_load=True), resolve=NAMES).check_all()


def test_a_limit_alone_allows_nothing() -> None:
    with pytest.raises(LoadNotAllowed):
        Permit(target("there:80", max_rate=10), resolve=NAMES).check_all()


def test_what_is_allowed_for_one_address_does_not_hold_for_another() -> None:
    with pytest.raises(LoadNotAllowed):
        Permit(target("there:80", allow_load=True, max_rate=10), resolve=NAMES).check("there:81")


def test_one_stranger_among_the_entrances_is_enough() -> None:
    asked = parse("gateway=here:1,reservation=here:1,inventory=here:1,payment=there:2")
    with pytest.raises(LoadNotAllowed, match=r"^there:2 may not be loaded"):
        Permit(asked, resolve=NAMES).check_all()


@pytest.mark.parametrize("address", ["localhost:1", "127.0.0.1:1"])
def test_the_system_itself_resolves_this_machine(address: str) -> None:
    Permit(target(address)).check_all()


def test_without_a_limit_every_call_goes_through() -> None:
    permit = Permit(target("127.0.0.1:1"))
    assert all(permit.spend(0) for _ in range(10_000))
    assert repr(permit) == "<Permit staging: no limit>"


def through(permit: Permit, instants: Sequence[int]) -> list[int]:
    return [now_ns for now_ns in instants if permit.spend(now_ns)]


def test_a_crowd_at_one_instant_gets_a_tenth_of_a_second_and_one_more() -> None:
    assert len(through(Permit(target("127.0.0.1:1", max_rate=100)), [5] * 1000)) == 11


def test_a_long_silence_saves_nothing_up() -> None:
    permit = Permit(target("127.0.0.1:1", max_rate=100))
    assert through(permit, [0]) == [0]
    assert len(through(permit, [60 * SECOND_NS] * 1000)) == 11


def test_a_rate_that_does_not_divide_a_second_is_rounded_down() -> None:
    assert repr(Permit(target("127.0.0.1:1", max_rate=30_000))) == "<Permit staging: one call in 0.033334 ms>"


def test_a_share_is_a_share_of_the_limit() -> None:
    permit = Permit(target("127.0.0.1:1", max_rate=100), share=0.5)
    assert repr(permit) == "<Permit staging: one call in 20 ms>"
    assert len(through(permit, range(0, SECOND_NS, 1_000_000))) == 55


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"a process has a share above 0 and up to 1 of the load, not {share}"):
        Permit(target("127.0.0.1:1"), share)


@given(
    rate=st.floats(0.5, 500),
    share=st.floats(0.05, 1),
    steps=st.lists(st.integers(0, 50_000_000) | st.just(0), max_size=300),
)
def test_no_stretch_of_time_gets_more_than_the_limit(rate: float, share: float, steps: list[int]) -> None:
    """The bound of the module's docstring, over every pair of calls that went through."""
    instants = [sum(steps[:end]) for end in range(len(steps))]
    let = through(Permit(target("127.0.0.1:1", max_rate=rate), share), instants)
    for first, start_ns in enumerate(let):
        for last in range(first, len(let)):
            width_s = (let[last] - start_ns + BURST_NS) / SECOND_NS
            assert last - first + 1 <= rate * share * width_s + 1 + 1e-6


@given(rate=st.integers(1, 50_000), extra=st.lists(st.integers(0, 10**9), min_size=1, max_size=200))
def test_calls_that_keep_their_distance_are_never_refused(rate: int, extra: list[int]) -> None:
    permit, now_ns = Permit(target("127.0.0.1:1", max_rate=rate)), 0
    for more in extra:
        assert permit.spend(now_ns)
        now_ns += -(-SECOND_NS // rate) + more


def test_a_refused_call_takes_nothing() -> None:
    """After a storm of refusals the next call goes through as early as without it."""
    calm, stormy = (Permit(target("127.0.0.1:1", max_rate=10)) for _ in range(2))
    assert through(calm, [0, 0]) == through(stormy, [0] * 500) == [0, 0]
    assert through(calm, [SECOND_NS // 10]) == through(stormy, [SECOND_NS // 10]) == [SECOND_NS // 10]
