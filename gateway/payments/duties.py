"""What the worker does about payments: it decides the notifications that nobody has decided."""

from functools import partial
from typing import Any

import psycopg
import structlog

from gateway.errors import ApiError
from gateway.payments import Notification, Provider, UnverifiableError, all_providers, call_on, decide
from gateway.settings import Settings

_log = structlog.get_logger()


class VerifyNotifications:
    """Decides what a gateway has stored and could not decide, since it died, or nobody could tell."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.name = f"verify_{provider.name}"

    def perform(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute(
            "select id, tenant_id, payment_id, source, body, is_last from booking.take_notification(%s)",
            (self._provider.name,),
        ).fetchone()
        if row is None:
            return False
        *fields, is_last = row
        notification = Notification(*fields)
        try:
            decide(self._provider, partial(call_on, connection), notification)
        except UnverifiableError:
            if is_last:
                _log.error("notification_given_up", notification_id=str(notification.id))
        return True


def payment_duties(settings: Settings) -> list[VerifyNotifications]:
    """One for each provider that is configured."""
    return [VerifyNotifications(provider) for provider in all_providers(settings) if _is_configured(provider)]


def _is_configured(provider: Provider) -> bool:
    try:
        provider.check_configured()
    except ApiError:
        return False
    return True
