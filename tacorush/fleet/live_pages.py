"""Our pages within Locust's: the live page under `/tacorush/`, and the tabs SLO and Oversell, by its extension points.

Locust's tabs hold tables of texts, which it asks for while a run is on and no longer. So the verdict stands on the live
page, to which a link on Locust's page leads. Whoever has to log in for Locust's page has to for these.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from tacorush.fleet.live_feed import LiveFeed

PLACE = "/tacorush"
_TABS = (("slo", "SLO"), ("oversell", "Oversell"))
_COLUMNS = {
    "slo": (("objective", "Objective"), ("asked", "Asked for"), ("measured", "So far"), ("state", "Stands")),
    "oversell": (("fact", "Fact"), ("amount", "So far"), ("stands", "Stands")),
}
"""No column is called `name`: Locust sorts by it."""
_LINK = (
    '<a id="tacorush-live" href="{}" style="position:fixed;left:20px;bottom:20px;z-index:9;padding:9px 16px;'
    "border-radius:99px;background:#0b6e5c;color:#fff;font:600 14px system-ui,sans-serif;text-decoration:none;"
    'box-shadow:0 2px 8px #0006">Live verdict and charts</a>'
)


def address(options: Namespace) -> str:
    """Where the live page is, for a person on this machine."""
    scheme = "https" if options.tls_cert else "http"
    return f"{scheme}://{options.web_host or '127.0.0.1'}:{options.web_port}{options.web_base_path or ''}{PLACE}/"


def hang(web: Any, options: Namespace, feed: LiveFeed, page: Callable[[], str]) -> None:
    """Hangs the pages on Locust's, before it is served."""
    base = options.web_base_path or ""
    pages = Blueprint("tacorush", __name__, url_prefix=f"{base}{PLACE}")

    def live() -> Response:
        return Response(page(), mimetype="text/html")

    def figures() -> Response:
        return Response(feed.line, mimetype="application/json", headers={"Cache-Control": "no-store"})

    pages.add_url_rule("/", "live", web.auth_required_if_enabled(live))
    pages.add_url_rule("/live.json", "figures", web.auth_required_if_enabled(figures))
    web.app.register_blueprint(pages)
    web.template_args["extended_tabs"] = [{"key": key, "title": title} for key, title in _TABS]
    web.template_args["extended_tables"] = [
        {"key": key, "structure": [{"key": name, "title": title} for name, title in columns]}
        for key, columns in _COLUMNS.items()
    ]
    link, where = _LINK.format(f"{base}{PLACE}/"), address(options)

    def add(response: Response) -> Response:
        if response.status_code == 200 and request.path == f"{base}/stats/requests":
            told = json.loads(response.get_data())
            told["extended_stats"] = [{"key": key, "data": rows} for key, rows in tables(feed.told(), where).items()]
            response.set_data(json.dumps(told))
        elif response.status_code == 200 and request.path == f"{base}/" and not response.is_streamed:
            response.set_data(response.get_data(as_text=True).replace("</body>", f"{link}</body>"))
        return response

    web.app.after_request(add)


def tables(told: Mapping[str, Any], where: str) -> dict[str, list[dict[str, str]]]:
    """The rows of both tabs, every cell a text; `where` is the live page."""
    if not told:
        return {key: [_row(key, "no run is on")] for key, _ in _TABS}
    outcome = told["outcome"]
    verdict = outcome["verdict"] if outcome else told["told"]["stage"]
    objectives = [
        _row("slo", row["objective"], row["asked"], row["measured"], f"{row['mark']} {row['word']}")
        for row in ({**row, "objective": row["name"]} for row in told["objectives"])
    ]
    facts = [
        _row("oversell", "Seats sold twice, by the answers seen", f"{told['oversold']:,}"),
        _row("oversell", "Seats sold", f"{told['sold']:,}"),
        *(_row("oversell", station["name"], f"{station['journeys']:,}") for station in told["stations"]),
    ]
    more = f"Charts and the final verdict: {where}"
    return {
        "slo": [_row("slo", "Run", "", told["told"]["clock"], verdict), *objectives, _row("slo", more)],
        "oversell": [*facts, _row("oversell", "Verdict", "", verdict), _row("oversell", more)],
    }


def _row(table: str, *texts: str) -> dict[str, str]:
    names = [name for name, _ in _COLUMNS[table]]
    return {**dict.fromkeys(names, ""), **dict(zip(names, texts, strict=False))}
