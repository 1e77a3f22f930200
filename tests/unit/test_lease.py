"""A worker's right to send, and the watches that leave no orphan."""

from __future__ import annotations

import os

import pytest
from gevent.monkey import get_original

from tacorush.fleet import lifeline
from tacorush.fleet.lease import LEASE_NS, Lease


class Clock:
    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


def test_a_lease_is_valid_for_5_s_from_the_last_word_and_no_longer() -> None:
    clock = Clock()
    lease = Lease(clock)
    clock.now += LEASE_NS
    assert repr(lease) == "<Lease valid>"
    lease.renew()
    clock.now += LEASE_NS
    assert not lease.over
    clock.now += 1
    assert lease.over


def test_a_lease_that_ran_out_is_not_renewed_by_a_master_that_comes_back() -> None:
    """By then the worker counts as lost, and its share of the plan with it."""
    clock = Clock()
    lease = Lease(clock)
    clock.now += LEASE_NS + 1
    lease.renew()
    clock.now -= LEASE_NS
    assert repr(lease) == "<Lease over>"


def test_a_process_is_orphaned_when_its_lifeline_ends() -> None:
    read, write = os.pipe()
    assert not lifeline.orphaned(read, None, 0.0)
    # Where another test has imported Locust, gevent's close waits for its loop; a parent that dies does not.
    get_original("os", "close")(write)
    assert lifeline.orphaned(read, None, 10.0)
    os.close(read)


def test_a_process_is_orphaned_when_its_parent_is_another() -> None:
    assert not lifeline.orphaned(None, os.getppid(), 0.0)
    assert lifeline.orphaned(None, os.getppid() + 1, 0.0)


def test_only_a_fork_watches_its_parent() -> None:
    """A Locust that a shell started goes on when the shell ends."""
    assert lifeline.parent_to_watch(os.getpid()) is None
    assert lifeline.parent_to_watch(os.getpid() + 1) == os.getpid() + 1


def test_the_descriptor_comes_from_the_environment() -> None:
    assert lifeline.descriptor({}) is None
    assert lifeline.descriptor({"TACORUSH_LIFELINE": "7"}) == 7
    with pytest.raises(ValueError, match="TACORUSH_LIFELINE is 'x'; it must be the number of an open descriptor"):
        lifeline.descriptor({"TACORUSH_LIFELINE": "x"})
