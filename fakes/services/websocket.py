"""gateway.v1.WebSocketService, its one method that is no stream: a message to whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import websocket_pb2
from contracts.messages.websocket_pb2 import MESSAGE_PRIORITY_NORMAL, MESSAGE_TYPE_INFO
from fakes import answers
from fakes.changes import MessageSent
from fakes.failures import invalid

if TYPE_CHECKING:
    from fakes.caller import Caller
    from fakes.platform import Platform


class WebSocketService:
    """Messages to users."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def SendMessage(
        self, request: websocket_pb2.SendMessageRequest, caller: Caller
    ) -> websocket_pb2.SendMessageResponse:
        """Sends to a user's streams, or to one session's; `delivered` says whether any was open."""
        if not request.target_user_id and not request.target_session_id:
            raise invalid("target_user_id", "target_user_id or target_session_id is required")
        if not request.title and not request.content:
            raise invalid("content", "title or content is required")
        now = self._platform.now()
        message = MessageSent(
            message_id=self._platform.new_id("msg"),
            user=request.target_user_id,
            session=request.target_session_id,
            kind=request.message_type or MESSAGE_TYPE_INFO,
            title=request.title,
            content=request.content,
            at=now,
            priority=request.priority or MESSAGE_PRIORITY_NORMAL,
            data=dict(request.data),
        )
        listeners = self._platform.changes.publish(message)
        self._platform.journal.count("gateway.v1.WebSocketService", "messages_delivered_total", listeners)
        return websocket_pb2.SendMessageResponse(
            delivered=listeners > 0, message_id=message.message_id, sent_at=answers.timestamp(now)
        )
