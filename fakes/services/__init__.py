"""The nine services: a class each, a method an rpc, named as the contract names it; `handlers` lists them all.

A method takes its request and the Caller and returns its response at once. Refusals are raised as `Refused` and become
the response's `error` in the guard that stands before every method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.catalogue import METHODS
from fakes.box_office import BoxOffice
from fakes.services.admin import AdminService
from fakes.services.gateway import GatewayService
from fakes.services.guard import guarded
from fakes.services.inventory import InventoryService
from fakes.services.payment import PaymentService
from fakes.services.queue import QueueService
from fakes.services.reservation import ReservationService
from fakes.services.webhook import WebhookService
from fakes.services.websocket import WebSocketService
from fakes.services.worker import WorkerService

if TYPE_CHECKING:
    from fakes.platform import Platform
    from fakes.services.guard import Act


def handlers(platform: Platform) -> dict[str, Act]:
    """The 47 unary methods by full name: `act(request, caller) -> response`. They never raise for what a client did."""
    box_office = BoxOffice(platform)
    services = {
        "common.v1.AdminService": AdminService(platform),
        "gateway.v1.GatewayService": GatewayService(platform, box_office),
        "gateway.v1.QueueService": QueueService(platform),
        "gateway.v1.WebSocketService": WebSocketService(platform),
        "gateway.v1.WebhookService": WebhookService(platform),
        "payment.v1.PaymentService": PaymentService(platform, box_office),
        "reservation.v1.InventoryService": InventoryService(platform, box_office),
        "reservation.v1.ReservationService": ReservationService(platform, box_office),
        "reservation.v1.WorkerService": WorkerService(platform),
    }
    return {
        method.name: guarded(platform, method, getattr(services[method.service], method.short))
        for method in METHODS.values()
        if not method.streams
    }
