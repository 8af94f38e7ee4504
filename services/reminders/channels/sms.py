"""Text messages through an HTTP gateway that takes a POST with an Idempotency-Key.

The gateway gets `{"to", "text", "reference"}` and answers 2xx when it has the message. A gateway that
honours the key sends a repeated message once; that is what makes a text message arrive exactly once.
"""

from __future__ import annotations

import httpx

from services.reminders.channels import Letter
from shared.outcomes import HandedOver, Never, NotNow, Outcome

HOPELESS = frozenset({400, 410, 413, 422})
"""Answers about this very message. Others, 401 and 404 included, are about the gateway or us and may pass."""


class SmsGateway:
    """Hands text messages to one gateway, over a client that the caller opens and closes."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one message."""
        try:
            answer = await self._client.post(
                self._url,
                json={"to": letter.intent.address, "text": letter.intent.body, "reference": str(letter.id)},
                headers={"Idempotency-Key": str(letter.id)},
            )
        except httpx.HTTPError as error:
            return NotNow(f"the gateway could not be reached ({type(error).__name__})")
        if answer.is_success:
            return HandedOver()
        why = f"the gateway answered {answer.status_code}"
        return Never(why) if answer.status_code in HOPELESS else NotNow(why)
