"""Webhooks over HTTP, tried again for a while: https://docs.stripe.com/webhooks#retries."""

from __future__ import annotations

import queue
import threading

import requests

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
PATIENCE_S = 10.0


class Webhooks:
    """Posts events to an endpoint from threads of its own, in order as long as the endpoint answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.Queue[tuple[bytes, str, int]] = queue.Queue()
        threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def deliver(self, payload: bytes, signature: str) -> None:
        """Takes an event and returns at once."""
        self._waiting.put((payload, signature, 0))

    def _work(self) -> None:
        while True:
            payload, signature, tried = self._waiting.get()
            if not self._post(payload, signature) and tried < len(PAUSES_S):
                again = (payload, signature, tried + 1)
                timer = threading.Timer(PAUSES_S[tried], self._waiting.put, [again])
                timer.daemon = True
                timer.start()

    def _post(self, payload: bytes, signature: str) -> bool:
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        try:
            answer = requests.post(
                self._url, payload, headers=headers, timeout=PATIENCE_S, allow_redirects=False
            )
        except requests.RequestException:
            return False
        return answer.ok
