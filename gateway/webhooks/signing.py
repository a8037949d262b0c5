"""The headers by which a receiver knows that a delivery is ours, whole and recent."""

from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook


def sign(event_id: str, timestamp: int, payload: str, secrets: Sequence[str]) -> dict[str, str]:
    """``timestamp`` in Unix seconds; a signature for each secret, of which there are two while one is replaced."""
    moment = datetime.fromtimestamp(timestamp, UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(Webhook(secret).sign(event_id, moment, payload) for secret in secrets),
    }
