"""Which release of the platform is driven: what its own health calls tell, before the load and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from scenarios.grpc_ticketing.caller import Caller
from scenarios.ticketing import HeldBack
from tacorush.evidence.records import PREFLIGHT

if TYPE_CHECKING:
    from scenarios.grpc_ticketing import Line

GATEWAY_HEALTH = "gateway.v1.GatewayService/HealthCheck"
SYSTEM_HEALTH = "common.v1.AdminService/GetSystemHealth"
_NOBODY = "preflight"


def versions(line: Line) -> dict[str, str]:
    """Asks which version each service is; returns service to version, empty where the platform does not tell.

    The gateway is asked first, the administration only where the gateway tells nothing.
    """
    said = _ask(line, GATEWAY_HEALTH)
    found = {} if said is None else {name: health.version for name, health in said.services.items()}
    if not any(found.values()):
        said = _ask(line, SYSTEM_HEALTH)
        found = {} if said is None else {health.service_name: health.version for health in said.services}
    return {name: found[name] for name in sorted(found) if found[name]}


def _ask(line: Line, name: str) -> Any:
    method = METHODS[name]
    caller = Caller(line, -1, PREFLIGHT, _NOBODY, line.io.clock())
    try:
        heard = caller.call(method, method.request(), provoked=True)
    except HeldBack:
        return None
    return heard.message if heard.judged.outcome == "ok" else None
