"""Who takes part, what they run, and who was lost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tacorush.fleet import hello
from tacorush.fleet.folder import run_folder
from tacorush.fleet.green import GreenIo
from tacorush.fleet.hello import Hello, disagreement
from tacorush.fleet.late_book import LateBook
from tacorush.fleet.messages import Beat, Order
from tacorush.fleet.roster import SILENT_NS, Roster
from tacorush.fleet.unfit import Unfit

OURS = {"code": "c1", "contract": "k1", "tacorush": "1", "python": "3.11.7"}


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def worker(name: str, **versions: str) -> Hello:
    return Hello(name, "host", 7, {**OURS, **versions})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def roster(clock: Clock) -> Roster:
    made = Roster(clock)
    for name in ("b", "a"):
        made.welcome(worker(name))
    made.enlist(["a", "b", "never said hello"])
    return made


def test_stripes_follow_the_names_whoever_came_first(roster: Roster) -> None:
    assert {name: member.stripe for name, member in roster.members.items()} == {"a": 0, "b": 1}


def test_one_who_comes_after_the_order_has_no_part(roster: Roster) -> None:
    roster.welcome(worker("late"))
    assert roster.heard("late") is None


def test_a_member_that_is_silent_for_5_s_is_lost_and_told_once(roster: Roster, clock: Clock) -> None:
    clock.now = SILENT_NS
    assert roster.look() == []
    clock.now += 1
    roster.heard("b")
    assert roster.look() == [roster.members["a"]]
    assert roster.look() == []
    assert roster.lost == [roster.members["a"]]


def test_a_member_that_speaks_again_is_no_longer_lost(roster: Roster, clock: Clock) -> None:
    clock.now = SILENT_NS + 1
    roster.look()
    roster.heard("a")
    assert roster.lost == [roster.members["b"]]


def test_a_member_that_sent_everything_may_be_silent(roster: Roster, clock: Clock) -> None:
    roster.members["a"].final = True
    assert not roster.settled
    clock.now = SILENT_NS + 1
    roster.look()
    assert roster.lost == [roster.members["b"]]
    assert roster.settled


def test_a_member_that_was_given_up_stays_lost_though_it_still_speaks(roster: Roster) -> None:
    """It goes on sending parts; only its final word, all of it, takes it from the lost."""
    roster.members["b"].final = True
    roster.give_up()
    roster.heard("a")
    assert roster.lost == [roster.members["a"]]
    roster.members["a"].final = True
    assert roster.lost == []


def test_a_worker_with_other_code_is_refused_with_a_way_out() -> None:
    assert disagreement(OURS, worker("w", code="c2")) == (
        "worker w (process 7 on host) runs code c2, the master c1: "
        "give both the same checkout and start the worker again"
    )


def test_a_worker_with_another_python_is_welcome() -> None:
    """It draws the same crowd: chance is written out, not taken from a library."""
    assert disagreement(OURS, worker("w", python="3.13.0")) is None


def test_the_digest_of_the_code_follows_every_byte_of_it(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    source = tmp_path / "scenarios" / "plan.py"
    source.write_text("a = 1")
    before = hello.versions(tmp_path)
    source.write_text("a = 2")
    assert hello.versions(tmp_path)["code"] != before["code"]
    assert hello.versions(tmp_path)["contract"] == before["contract"]


def test_messages_survive_their_way_as_plain_values() -> None:
    order = Order("s", {"seed": 1}, True, 0, 2, None, {"transport": "wire"}, 10)
    beat = Beat("s", "load", 5, 3, 1.5)
    assert Order.unpack(order.pack()) == order
    assert Beat.unpack(beat.pack()) == beat
    assert Hello.unpack(worker("w").pack()) == worker("w")


def test_a_phase_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="phase 'rest': there is prepare, load, drain, over"):
        Beat.unpack(Beat("s", "rest").pack())


def test_what_was_noted_before_t0_is_written_down_in_its_order() -> None:
    early, seen = LateBook(), []
    book = SimpleNamespace(
        call=lambda *words, **more: seen.append(("call", words, more)),
        count=lambda name, n: seen.append(("count", name, n)),
    )
    early.call("m", "k", detail="d")
    early.count("n")
    early.copy_to(book)
    early.copy_to(book)
    assert seen == [("call", ("m", "k"), {"detail": "d"}), ("count", "n", 1)]


def test_things_done_together_overlap_and_keep_their_order() -> None:
    """Each waits for what the other did: one after the other would never end."""
    from gevent.event import Event

    one, two = Event(), Event()

    def first() -> str:
        one.set()
        return "first" if two.wait(10) else "alone"

    def second() -> str:
        two.set()
        return "second" if one.wait(10) else "alone"

    assert GreenIo(lambda: 0).together([first, second]) == ["first", "second"]


def test_who_is_stopped_stops_what_it_does_together_and_waits_for_it() -> None:
    """A double click that the end of the run cuts off is written down before the books are closed."""
    import gevent
    from gevent.event import Event

    written: list[str] = []

    def hang() -> None:
        try:
            Event().wait()
        finally:
            gevent.sleep(0)
            written.append("cancelled")

    journey = gevent.spawn(lambda: GreenIo(lambda: 0).together([hang, hang]))
    gevent.sleep(0.01)
    journey.kill(timeout=10)
    assert written == ["cancelled", "cancelled"]


def test_what_fails_together_is_raised(capfd: pytest.CaptureFixture[str]) -> None:
    """For whoever waits, and not as a traceback on the screen: a target's limit may end many a double click."""

    def fail() -> int:
        raise KeyError("x")

    with pytest.raises(KeyError):
        GreenIo(lambda: 0).together([lambda: 1, fail])
    assert capfd.readouterr().err == ""


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    (tmp_path / "out").write_text("")
    with pytest.raises(Unfit, match="this is a file; name a folder"):
        run_folder("flow", datetime(2026, 1, 2, tzinfo=UTC), str(tmp_path / "out"), overwrite=False)


def test_overwriting_removes_what_a_run_left_and_nothing_else(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    for name in ("run.sqlite", "report.html", "notes.txt"):
        (tmp_path / name).write_text("")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert run_folder("flow", now, str(tmp_path), overwrite=True) == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_further_run_of_one_process_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    """A second start on the web page does not meet the first run in its folder."""
    from datetime import UTC, datetime

    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    again = run_folder("flow", now, str(tmp_path / "run"), overwrite=False, again=True)
    assert again == tmp_path / "run-20260102T030405Z"
