"""What can be asked on Locust's command line, and what the web page may change."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from locust.argument_parser import get_empty_argument_parser

from tacorush.fleet import options
from tacorush.fleet.options import OptionError, Options, chosen, from_the_page


def parse(*words: str) -> Namespace:
    parser = get_empty_argument_parser(default_config_files=[])
    options.declare(parser)
    namespace: Namespace = parser.parse_args(list(words))
    return namespace


def test_without_a_word_everything_is_left_to_scenario_and_target() -> None:
    assert chosen(parse()) == Options()


def test_every_option_is_a_plain_scalar_for_locusts_messages() -> None:
    """A path or a list would drive nothing on workers, and exit 0."""
    found = parse("--rate=5", "--event=e1", "--event=e2", "--seed=9", "--duration=5m")
    values = [value for name, value in vars(found).items() if name not in ("locustfile", "config")]
    assert all(isinstance(value, str | int | float | bool | None) for value in values)


def test_what_was_asked_is_read() -> None:
    asked = chosen(parse("--rate=2.5", "--duration=5m", "--event=e1", "--event", "e2", "--time-scale=0.1", "--out=x"))
    assert asked == Options(rate=2.5, duration_s=300, events=("e1", "e2"), time_scale=0.1, out="x")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rate=0"], "--rate 0: it must be a number above 0"),
        (["--rate=nan"], "--rate nan: it must be a number above 0"),
        (["--rate=inf"], "--rate inf: it must be a number above 0"),
        (["--rate=fast"], "--rate fast: it must be a number above 0"),
        (["--time-scale=-1"], "--time-scale -1: it must be a number above 0"),
        (["--duration=300ms"], "--duration 300ms: it must be whole seconds, at least 1s"),
        (["--seed=-1"], "--seed -1: it must be a whole number from 0 to 9223372036854775807"),
        (["--metrics-port=70000"], "--metrics-port 70000: it must be a whole number from 0 to 65535"),
        (["--transport=pigeon"], "--transport pigeon: there is wire and grpcio"),
        (["--route=tunnel"], "--route tunnel: there is services and gateway"),
    ],
)
def test_a_slip_is_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(OptionError) as raised:
        chosen(parse(*words))
    assert str(raised.value) == sentence


def test_who_is_the_sole_buyer_says_so() -> None:
    assert chosen(parse("--sole-buyer")) == Options(sole_buyer=True)


def test_a_metrics_port_of_0_was_asked_for() -> None:
    assert chosen(parse("--metrics-port=0")).metrics_port == 0


def test_the_web_page_changes_what_is_harmless_and_nothing_else() -> None:
    """Any site in a browser can post to the page: where load goes and what is written stay as they were started."""
    fixed = Options(scenario="flow", target="127.0.0.1:1", out="mine", slo="mine.yaml")
    page: dict[str, Any] = vars(parse("--rate=7", "--seed=3", "--duration=9s", "--scenario=hotseat"))
    page.update(
        target="10.0.0.1:80", out="/etc", slo="/etc/passwd", targets_file="x", max_in_flight="9", overwrite=True
    )
    assert from_the_page(fixed, Namespace(**page)) == Options(
        scenario="hotseat", rate=7.0, seed=3, duration_s=9, target="127.0.0.1:1", out="mine", slo="mine.yaml"
    )


def test_the_web_page_cannot_name_a_file_as_scenario() -> None:
    with pytest.raises(OptionError, match=r"the web page takes .*flow, .*, no files"):
        from_the_page(Options(), parse("--scenario=/etc/passwd.yaml"))
