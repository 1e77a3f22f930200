"""The tabs within Locust's page: every cell a text, in the order of the objectives, and where the live page is."""

from __future__ import annotations

from argparse import Namespace

from reports.live import told
from tacorush.fleet.live_pages import address, tables
from tests.unit.live_sample import driving

WHERE = "http://127.0.0.1:8089/tacorush/"


def test_every_cell_is_a_text_and_no_column_is_one_that_locust_sorts_by() -> None:
    """A cell that is anything else blanks Locust's whole page."""
    for found in (tables({}, WHERE), tables(told.as_plain(driving()), WHERE)):
        rows = [row for table in found.values() for row in table]
        assert {type(text) for row in rows for text in row.values()} == {str}
        assert "name" not in {column for row in rows for column in row}


def test_objectives_stand_as_on_the_screen_those_first_that_are_missed() -> None:
    first, *objectives, last = tables(told.as_plain(driving()), WHERE)["slo"]
    assert first == {"objective": "Run", "asked": "", "measured": "20 s of 45 s, 25 s left", "state": "driving, peak"}
    assert objectives[0] == {
        "objective": "P95 of holding seats", "asked": "< 500 ms", "measured": "612 ms", "state": "✕ missed",
    }  # fmt: skip
    assert len(objectives) == len(driving().standings)
    assert WHERE in last["objective"]


def test_the_address_is_that_of_locusts_page() -> None:
    options = Namespace(tls_cert=None, web_host="", web_port=8089, web_base_path=None)
    assert address(options) == WHERE
    options = Namespace(tls_cert="c.pem", web_host="load.test", web_port=443, web_base_path="/load")
    assert address(options) == "https://load.test:443/load/tacorush/"
