"""What the target's monitoring is asked about a run, what is kept of its answers, and what is said where none came."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacorush.cli.__main__ import main
from tacorush.cli.observing import fetch
from tacorush.cli.observing.observe import Inquiry, observe
from tacorush.cli.observing.prometheus import AddressError, Prometheus, Window, checked_address
from tacorush.cli.observing.queries import Query
from tacorush.evidence.observed import MOST_POINTS, MOST_SERIES, Observation, kept, store, unpacked
from tacorush.evidence.runfile import RunFile
from tests.unit.pages_sample import T0_NS
from tests.unit.scripted_prometheus import ScriptedPrometheus
from tests.unit.test_pages_run_file import written

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU, QUEUE, PODS = (Query(name=name, expr=name.lower(), unit="x") for name in ("CPU", "Queue", "Pods"))
WINDOW = Window(T0_NS, 4)
LATER_NS = T0_NS + 10**10


def asking(scripted: ScriptedPrometheus, *queries: Query, authorization: str = "") -> Inquiry:
    return Inquiry(Prometheus("http://p:9090", scripted.get, lambda: LATER_NS, authorization), queries)


def observed(scripted: ScriptedPrometheus, *queries: Query, window: Window = WINDOW) -> list[Observation]:
    inquiry = asking(scripted, *queries)
    return list(inquiry.prometheus.ask(inquiry.queries, window))


def test_points_are_laid_on_the_seconds_of_the_run() -> None:
    """A step without a point, and what is no number, is None; what lies outside is left out."""
    points = [(-1.0, "9"), (0.0, "0.5"), (1.0, "NaN"), (3.0, "1.23456789"), (4.0, "+Inf"), (9.0, "7")]
    (found,) = observed(ScriptedPrometheus({"cpu": {"a": points}}), CPU)
    assert found.series[0].values == (0.5, None, None, 1.23457, None)
    assert found.series[0].labels == {"__name__": "m", "pod": "a"}
    assert (found.step_s, found.missing, found.left_out) == (1, "", 0)
    assert (found.source, found.asked_ns, found.panel) == ("http://p:9090", LATER_NS, "CPU")


def test_the_time_of_the_run_is_asked_for_in_as_many_steps_as_a_chart_takes() -> None:
    """An hour: the ends are included, the step is whole seconds, and no series has more points than are kept."""
    scripted = ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}})
    (found,) = observed(scripted, CPU, window=Window(T0_NS, 3600))
    (asked,) = scripted.asked
    assert (float(asked["start"]), asked["step"]) == (T0_NS / 1e9, "16")
    assert float(asked["end"]) - float(asked["start"]) == 3600
    assert len(found.series[0].values) == 226 <= MOST_POINTS


@pytest.mark.parametrize("length_s", [1, 2, 239, 240, 241, 3599, 86_400])
def test_no_run_is_too_short_or_too_long_for_the_points(length_s: int) -> None:
    window = Window(T0_NS, length_s)
    assert 1 < window.points <= MOST_POINTS
    assert length_s - window.step_s < (window.points - 1) * window.step_s <= length_s


def test_only_the_series_with_the_highest_peaks_are_kept_and_the_others_are_counted() -> None:
    series = {f"pod-{number}": [(0.0, str(number)), (1.0, "0")] for number in range(MOST_SERIES + 3)}
    (found,) = observed(ScriptedPrometheus({"cpu": series}), CPU)
    assert [each.labels["pod"] for each in found.series] == [f"pod-{number}" for number in range(8, 2, -1)]
    assert found.left_out == 3


ERROR = json.dumps({"status": "error", "errorType": "bad_data", "error": "1:5: parse error"}).encode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, ERROR), "Prometheus says: bad_data: 1:5: parse error"),
        ((401, b"who are you"), "it answered with HTTP status 401; set TACORUSH_OBSERVE_AUTHORIZATION"),
        ((502, b"<html>"), "it answered with HTTP status 502"),
        ((200, b"<html>a web page</html>"), "what answers there is no Prometheus"),
        ((200, b"[]"), "what answers there is no Prometheus"),
        ((200, b'{"status": "success", "data": {"result": [{"metric": {}}]}}'), "what answers there is no Prometheus"),
        ((200, b'{"status": "success", "data": {"result": [[1, "2"]]}}'), "what answers there is no Prometheus"),
        ({}, "it has no values of the time of the run"),
        ({"a": [(0.0, "NaN")]}, "it has no values of the time of the run"),
    ],
)
def test_an_answer_without_values_says_why_and_the_next_query_is_asked(
    answer: tuple[int, bytes] | dict[str, list[tuple[float, str]]], said: str
) -> None:
    cpu, queue = observed(ScriptedPrometheus({"cpu": answer, "queue": {"a": [(0.0, "1")]}}), CPU, QUEUE)
    assert (cpu.missing, cpu.series) == (said, ())
    assert queue.missing == ""


def test_who_does_not_answer_at_all_is_asked_once() -> None:
    """So that a run waits for its monitoring once, and not once for each query."""
    scripted = ScriptedPrometheus({"cpu": "it did not answer within 10 s"})
    cpu, queue, pods = observed(scripted, CPU, QUEUE, PODS)
    assert len(scripted.asked) == 1
    assert cpu.missing == "it did not answer within 10 s"
    for each in (queue, pods):
        assert each.missing == "not asked, as nobody answered the query before"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, ""),
        ((401, b""), "it answered with HTTP status 401; set TACORUSH_OBSERVE_AUTHORIZATION"),
        ("it cannot be reached (Connection refused)", "it cannot be reached (Connection refused)"),
    ],
)
def test_a_run_can_hear_before_it_begins_that_nobody_answers(
    answer: dict[str, list[tuple[float, str]]] | tuple[int, bytes] | str, said: str
) -> None:
    scripted = ScriptedPrometheus({"1": answer})
    assert asking(scripted, CPU, authorization="Bearer x").prometheus.silence() == said
    assert scripted.headers[0]["Authorization"] == "Bearer x"


def test_a_secret_is_told_to_prometheus_and_stands_nowhere_else(tmp_path: Path) -> None:
    path, scripted = written(tmp_path / "run.sqlite"), ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}})
    observe(path, asking(scripted, CPU, authorization="Bearer s3cret"))
    assert scripted.headers[0]["Authorization"] == "Bearer s3cret"
    assert b"s3cret" not in path.read_bytes()


def test_what_is_missing_for_one_reason_is_told_in_one_line(tmp_path: Path) -> None:
    """A Prometheus without a value of the run has none for any query."""
    path = written(tmp_path / "run.sqlite")
    lines = observe(path, asking(ScriptedPrometheus({"cpu": {}, "queue": {}}), CPU, QUEUE))
    assert lines == ["not observed: CPU, Queue: it has no values of the time of the run"]


def test_observations_are_kept_in_the_run_file_and_say_what_is_missing(tmp_path: Path) -> None:
    """From T0 to the run's end, which `written` puts at second 4."""
    path = written(tmp_path / "run.sqlite")
    scripted = ScriptedPrometheus({"cpu": {"a": [(0.0, "1"), (4.0, "2")]}, "queue": {}})
    lines = observe(path, asking(scripted, CPU, QUEUE))
    assert lines == ["not observed: Queue: it has no values of the time of the run"]
    with RunFile(path) as run:
        cpu, queue = unpacked(run.meta)
    assert cpu.series[0].values == (1.0, None, None, None, 2.0)
    assert queue.missing


def test_of_a_killed_run_the_time_is_observed_that_it_is_known_to_have_driven(tmp_path: Path) -> None:
    path, scripted = written(tmp_path / "run.sqlite", ended=False), ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}})
    observe(path, asking(scripted, CPU))
    with RunFile(path) as run:
        assert len(unpacked(run.meta)[0].series[0].values) == 4


def test_what_was_observed_is_not_lost_when_the_monitoring_has_forgotten(tmp_path: Path) -> None:
    """A query that fails keeps what it brought before; one that answers again replaces it."""
    path = written(tmp_path / "run.sqlite")
    observe(path, asking(ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}}), CPU))
    assert observe(path, asking(ScriptedPrometheus({"cpu": {}}), CPU)) == []
    with RunFile(path) as run:
        assert unpacked(run.meta)[0].series[0].values[0] == 1
    observe(path, asking(ScriptedPrometheus({"cpu": {"a": [(0.0, "5")]}}), CPU))
    with RunFile(path) as run:
        assert unpacked(run.meta)[0].series[0].values[0] == 5


def test_another_query_of_the_same_name_does_not_take_the_place_of_one_that_failed() -> None:
    (cpu,) = observed(ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}}), CPU)
    (failed,) = observed(ScriptedPrometheus({"other": {}}), Query(name="CPU", expr="other", unit="x"))
    assert kept([cpu], [failed]) == (failed,)


def test_of_two_failures_the_later_reason_stands() -> None:
    earlier, later = (observed(ScriptedPrometheus({"cpu": answer}), CPU)[0] for answer in ((502, b""), "it is gone"))
    assert [each.missing for each in kept([earlier], [later])] == ["it is gone"]


def test_an_observation_comes_back_from_the_run_file_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "run.sqlite")
    found = observed(ScriptedPrometheus({"cpu": {"a": [(0.0, "1")]}, "queue": "gone"}), CPU, QUEUE)
    store(path, found)
    with RunFile(path) as run:
        assert list(unpacked(run.meta)) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prometheus:9090", "is no address of a Prometheus: write http://HOST:9090"),
        ("ftp://p:9090", "is no address of a Prometheus"),
        ("http://", "is no address of a Prometheus"),
        ("http://p:port", "is no address of a Prometheus"),
        ("http://p:9090/graph?g0.expr=up", "is no address of a Prometheus"),
        ("http://me:secret@p:9090", "set TACORUSH_OBSERVE_AUTHORIZATION"),
    ],
)
def test_an_address_that_prometheus_cannot_have_is_refused(text: str, said: str) -> None:
    with pytest.raises(AddressError) as raised:
        checked_address(text)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_an_address_may_have_a_path() -> None:
    assert checked_address("https://monitoring.example/prometheus/") == "https://monitoring.example/prometheus"


QUERIES = "queries: [{name: CPU, expr: cpu, unit: cores}]\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--observe", "http://127.0.0.1:9"], "--observe says whom to ask, and not what: add --queries FILE"),
        (["--queries", "{file}"], "--queries says what to ask, and nobody is named: add --observe http://HOST:9090"),
        (["--observe", "p:9090", "--queries", "{file}"], "--observe: 'p:9090' is no address of a Prometheus"),
        (["--observe", "http://p", "--queries", "none.yaml"], "none.yaml: cannot be read (No such file or directory)"),
    ],
)
@pytest.mark.parametrize("command", ["report", "run"])
def test_what_cannot_be_asked_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, words: list[str], said: str
) -> None:
    """Exit code 2; a run makes no load and no directory."""
    (tmp_path / "q.yaml").write_text(QUERIES)
    given = [word.format(file=tmp_path / "q.yaml") for word in words]
    first = [str(written(tmp_path / "run.sqlite"))] if command == "report" else ["flow", "--out", str(tmp_path / "out")]
    assert main([command, *first, *given]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "report.html").exists()


def test_a_secret_that_no_header_can_say_is_refused_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it comes from a file with a last line end."""
    monkeypatch.setenv("TACORUSH_OBSERVE_AUTHORIZATION", "Bearer s3cret\n")
    (tmp_path / "q.yaml").write_text(QUERIES)
    run = str(written(tmp_path / "run.sqlite"))
    assert main(["report", run, "--observe", "http://127.0.0.1:9", "--queries", str(tmp_path / "q.yaml")]) == 2
    said = capsys.readouterr().err
    assert "TACORUSH_OBSERVE_AUTHORIZATION holds what no header can say" in said
    assert "s3cret" not in said


def test_a_prometheus_that_is_not_there_spoils_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pages are written, and say what is missing and why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (tmp_path / "q.yaml").write_text(QUERIES)
    path = written(tmp_path / "run.sqlite")
    asked = ["--observe", f"http://127.0.0.1:{port}", "--queries", str(tmp_path / "q.yaml")]
    assert main(["report", str(path), *asked]) == 0
    said = "it cannot be reached (Connection refused)"
    assert capsys.readouterr().err == f"tacorush report: not observed: CPU: {said}\n"
    page = (tmp_path / "report.html").read_text()
    assert f"<b>CPU</b>: {said}" in page


class Server(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        status, headers, body = {
            "/plain?a=1": (200, {}, b"well"),
            "/moved?": (302, {"Location": "/plain?a=1"}, b""),
            "/large?": (200, {}, b"x" * 5000),
        }[self.path]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_an_answer_is_read_whole(server: str) -> None:
    assert fetch.get(f"{server}/plain?a=1", {}, 10) == (200, b"well")


def test_a_redirect_is_not_followed(server: str) -> None:
    """A secret would be told to somebody else."""
    assert fetch.get(f"{server}/moved", {}, 10) == (302, b"")


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: str) -> None:
    with pytest.raises(fetch.NoAnswerError, match="its answer has more than 4,096 octets"):
        fetch.get(f"{server}/large", {}, 10, most_octets=4096)


def test_an_answer_that_trickles_is_given_up_at_the_end_of_the_patience(server: str) -> None:
    times = iter([0.0, 11.0])
    with pytest.raises(fetch.NoAnswerError, match="it did not answer within 10 s"):
        fetch.get(f"{server}/large", {}, 10, lambda: next(times))


def test_a_name_that_no_host_can_have_is_told() -> None:
    with pytest.raises(fetch.NoAnswerError, match="it cannot be reached"):
        fetch.get("http://a..b/", {}, 10)


def test_who_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(fetch.NoAnswerError, match=r"it did not answer within 0\.01 s"):
            fetch.get(address, {}, 0.01)


def test_who_speaks_no_http_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def answer() -> None:
            taken, _ = listener.accept()
            taken.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            taken.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(fetch.NoAnswerError, match="it cannot be reached"):
            fetch.get(address, {}, 10)
