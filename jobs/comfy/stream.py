"""One WebSocket to one node, shared by every thread that watches a prompt there.

ComfyUI sends a prompt's events to the `client_id` it was posted with, once, and never again. Each connection
gets an id of its own, because a server may go deaf for ever towards one that comes back; so when a connection is
lost, so are the events of its prompts, and their subscriptions are told.
"""

import json
import logging
import random
import threading
import time
from uuid import uuid4

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from jobs.comfy.errors import NodeUnreachable
from jobs.comfy.events import Event, parse_binary, parse_text
from jobs.comfy.subscription import Subscription

logger = logging.getLogger(__name__)

FEATURE_FLAGS = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
MAX_MESSAGE = 64 * 1024 * 1024
OPEN_SECONDS = 5.0
PING_SECONDS = 10.0
PONG_SECONDS = 20.0
CLOSE_SECONDS = 1.0
FIRST_DELAY, LAST_DELAY = 0.1, 10.0
_jitter = random.SystemRandom()  # a source of its own: a background thread leaves the shared one alone

__all__ = ["NodeStream", "Subscription"]


class NodeStream:
    """The node's events. One per process and node; its reader thread lives while somebody wants it."""

    def __init__(self, base_url: str) -> None:
        """`base_url` as for ComfyClient; http becomes ws, https wss."""
        self._url = "ws" + base_url.rstrip("/").removeprefix("http") + "/ws?clientId="
        self._state = threading.Condition()
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._thread: threading.Thread | None = None
        self._socket: ClientConnection | None = None
        self._client_id = ""
        self._failures = 0
        self._waiting = 0
        self._last_error = ""
        self._closed = False

    @property
    def client_id(self) -> str:
        """The present connection's id, empty while there is none."""
        return self._client_id

    def ensure_connected(self, timeout: float) -> str:
        """Open the connection if there is none; its client_id. Raises NodeUnreachable at the first failed try or after `timeout` s."""
        with self._state:
            failures = self._failures
            self._waiting += 1
            try:
                self._start()
                self._state.notify_all()
                self._state.wait_for(
                    lambda: self._client_id or self._closed or self._failures != failures, timeout
                )
            finally:
                self._waiting -= 1
            if not self._client_id:
                raise NodeUnreachable(detail=self._last_error or "no WebSocket connection in time")
            return self._client_id

    def subscribe(self, prompt_id: str, client_id: str = "") -> Subscription:
        """Listen to a prompt; call it before posting.

        `client_id`: the connection the prompt is (to be) posted under, as `ensure_connected` gave it; a subscription
        to one that is no longer there is lost from the start. Left out, it is the present connection or else the next.
        """
        subscription = Subscription(prompt_id, on_close=self._remove)
        with self._state:
            subscription.bind(client_id or self._client_id)
            if client_id and client_id != self._client_id:
                subscription.lose()
            self._subscriptions.setdefault(prompt_id, []).append(subscription)
            self._start()
        return subscription

    def report_deaf(self, client_id: str) -> None:
        """Give this connection up: HTTP says that a prompt runs or has ended, and its events never came.

        ComfyUI can stop sending to a socket that stays open. Its subscriptions are told; the next one gets a new
        connection. Nothing happens when the connection has been replaced already.
        """
        with self._state:
            socket = self._socket if client_id == self._client_id else None
            if socket is not None:
                self._client_id = ""  # nobody is given it any more, even before the reader has noticed
        if socket is not None:
            socket.close()

    def close(self) -> None:
        """Close the connection and end the reader; subscriptions are told that it is lost."""
        with self._state:
            self._closed = True
            socket, thread = self._socket, self._thread
            self._state.notify_all()
        if socket is not None:
            socket.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(OPEN_SECONDS)

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="comfy-stream", daemon=True)
            self._thread.start()

    def _remove(self, subscription: Subscription) -> None:
        with self._state:
            kept = [
                other
                for other in self._subscriptions.get(subscription.prompt_id, [])
                if other is not subscription
            ]
            if kept:
                self._subscriptions[subscription.prompt_id] = kept
            else:
                self._subscriptions.pop(subscription.prompt_id, None)

    # The reader thread

    def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            began = time.monotonic()
            try:
                self._read_one_connection()
            except (OSError, WebSocketException) as error:  # OSError includes TimeoutError
                self._note_failure(error)
            except Exception as error:
                # Without this thread no job could use the node until the process ends.
                logger.exception("event stream of %s does not open", self._url)
                self._note_failure(error)
            if not self._wants_another(delay):
                return
            lasted = time.monotonic() - began
            delay = FIRST_DELAY if lasted > LAST_DELAY else min(delay * 2, LAST_DELAY)

    def _read_one_connection(self) -> None:
        """Connect, negotiate, read until it closes. Returns when an open connection ends; raises when none came about."""
        client_id = str(uuid4())
        with connect(
            self._url + client_id,
            proxy=None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_MESSAGE,
            max_queue=None,  # a socket that is not read stops the events of every client of the node
        ) as socket:
            socket.send(FEATURE_FLAGS)  # counts only as the very first message
            self._dispatch(socket.recv(timeout=OPEN_SECONDS))  # the server's greeting: it knows us
            self._open(socket, client_id)
            try:
                for message in socket:
                    self._dispatch(message)
            except (OSError, WebSocketException) as error:
                logger.info("event stream of %s broke: %s", self._url, error)
            except Exception:  # the next connection may be spared what broke this one
                logger.exception("event stream of %s broke", self._url)
            finally:
                self._lose(client_id)

    def _open(self, socket: ClientConnection, client_id: str) -> None:
        with self._state:
            self._socket, self._client_id = socket, client_id
            for subscription in self._all():
                if not subscription.client_id:
                    subscription.bind(client_id)
            self._state.notify_all()
            closed = self._closed
        if closed:
            socket.close()

    def _lose(self, client_id: str) -> None:
        with self._state:
            self._socket, self._client_id = None, ""
            for subscription in self._all():
                if subscription.client_id == client_id and not subscription.lost:
                    subscription.lose()

    def _note_failure(self, error: Exception) -> None:
        with self._state:
            self._failures += 1
            self._last_error = f"{type(error).__name__}: {error}"
            self._state.notify_all()

    def _wants_another(self, delay: float) -> bool:
        """Wait before the next try, less when somebody asks for a connection; False ends the thread."""
        with self._state:
            pause = delay * _jitter.uniform(0.5, 1.5)
            if self._subscriptions or self._waiting:
                self._state.wait_for(lambda: self._closed or self._waiting > 0, pause)
            if self._closed or not (self._subscriptions or self._waiting):
                self._thread = None
                return False
            return True

    def _dispatch(self, message: str | bytes) -> None:
        event = parse_text(message) if isinstance(message, str) else parse_binary(message)
        if event is not None:
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        with self._state:
            for subscription in self._subscriptions.get(event.prompt_id, []):
                subscription.put(event)

    def _all(self) -> list[Subscription]:
        return [subscription for group in self._subscriptions.values() for subscription in group]
