"""One WebSocket to one node, shared by every thread that watches a prompt there.

ComfyUI sends a prompt's events only once, to the `client_id` that the prompt was posted with. Each connection
gets its own id, because a server may never send events again to an id that reconnects. If a connection is
lost, the events of its prompts are lost too, and their subscriptions get a `ConnectionLost`.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Mapping
from uuid import uuid4

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, reconnect

from jobs.comfy.addresses import authorization, host_of, without_credentials
from jobs.comfy.errors import NodeUnreachable
from jobs.comfy.events import Event, parse_binary, parse_text
from jobs.comfy.subscription import Subscription
from jobs.comfy.transport import NO_HEADERS

logger = logging.getLogger(__name__)

FEATURE_FLAGS = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
MAX_MESSAGE = 4 * 1024**2
"""Bytes. A long prompt's `progress_state` has some 10 KB, a preview 100 KB."""
MOST_UNREAD = 16
FLOOD_WINDOW_S = 5.0
FLOOD_MESSAGES, FLOOD_BYTES = 15_000, 32 * 1024**2
"""In one window. Jobs that take no time cause 700 messages a second, previews a megabyte."""
FLOOD_PAUSE_S = 60.0
OPEN_SECONDS = 5.0
PING_SECONDS = 10.0
PONG_SECONDS = 20.0
CLOSE_SECONDS = 1.0
FIRST_DELAY, LAST_DELAY = 0.1, 10.0
# A separate source: a background thread must not advance the shared one.
_jitter = random.SystemRandom()

__all__ = ["NodeStream", "Subscription"]


class _Straight(reconnect):
    """Opens a connection and follows no redirect: a node answers for itself."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class _Flow:
    """Counts what a connection brings in the current window."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._messages = self._bytes = 0

    def overflows(self, size: int) -> bool:
        """Counts a message of this size. True if it is more than a node sends that works."""
        if time.monotonic() - self._began > FLOOD_WINDOW_S:
            self._begin()
        self._messages += 1
        self._bytes += size
        return self._messages > FLOOD_MESSAGES or self._bytes > FLOOD_BYTES


class NodeStream:
    """The event stream of a node, one per process and node. Its reader thread runs while
    there are subscriptions or callers that wait for a connection.
    """

    def __init__(self, base_url: str, *, headers: Mapping[str, str] = NO_HEADERS) -> None:
        """`base_url` and `headers` are as for ComfyClient; http becomes ws, https becomes wss."""
        plain = without_credentials(base_url).rstrip("/")
        self._url = "ws" + plain.removeprefix("http") + "/ws?clientId="
        self._headers = {**headers, **authorization(base_url)}
        self._name = host_of(base_url)
        self._quiet_until = 0.0
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
        """The id of the current connection; empty if there is none."""
        return self._client_id

    def ensure_connected(self, timeout: float) -> str:
        """Opens the connection if there is none and returns its client_id.

        Raises NodeUnreachable at the first failed try or after `timeout` seconds, and for FLOOD_PAUSE_S after a
        flood of messages.
        """
        if time.monotonic() < self._quiet_until:
            raise NodeUnreachable(detail="it had flooded its WebSocket")
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
        """Subscribes to a prompt's events; call it before posting the prompt.

        `client_id` is the connection that the prompt is posted with, as `ensure_connected` returned it. If
        that connection is gone, the subscription is lost from the start. Without `client_id`, the
        subscription belongs to the current connection or, if there is none, to the next one.
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
        """Drops this connection: HTTP shows that a prompt runs or has ended, but its events did not arrive.

        ComfyUI can stop sending to a socket that stays open. The connection's subscriptions are lost; the
        next subscription gets a new connection. Does nothing if the connection has been replaced already.
        """
        with self._state:
            socket = self._socket if client_id == self._client_id else None
            if socket is not None:
                self._client_id = ""  # not handed out any more, even before the reader notices the close
        if socket is not None:
            socket.close()

    def close(self) -> None:
        """Closes the connection and ends the reader thread; its subscriptions are lost."""
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
                # Keep the thread alive: without it, no job could use the node until the process ends.
                logger.exception("event stream of %s does not open", self._name)
                self._note_failure(error)
            if not self._wants_another(delay):
                return
            lasted = time.monotonic() - began
            delay = FIRST_DELAY if lasted > LAST_DELAY else min(delay * 2, LAST_DELAY)

    def _read_one_connection(self) -> None:
        """Connects, negotiates and reads until the connection closes.

        Returns when an open connection ends; raises if no connection could be opened.
        """
        client_id = str(uuid4())
        with _Straight(
            self._url + client_id,
            additional_headers=self._headers,
            proxy=None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_MESSAGE,
            max_queue=MOST_UNREAD,  # `_dispatch` never waits, so that only a flood fills it
        ) as socket:
            socket.send(FEATURE_FLAGS)  # the server accepts this only as the first message
            # The server's greeting shows that it has registered the connection.
            self._dispatch(socket.recv(timeout=OPEN_SECONDS))
            self._open(socket, client_id)
            try:
                flow = _Flow()
                for message in socket:
                    self._dispatch(message)
                    if flow.overflows(len(message)):
                        self._quiet_until = time.monotonic() + FLOOD_PAUSE_S
                        logger.warning("node %s floods its WebSocket", self._name)
                        return
            except (OSError, WebSocketException) as error:
                logger.info("event stream of %s broke: %s", self._name, error)
            except Exception:  # the next connection may work
                logger.exception("event stream of %s broke", self._name)
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
        """Waits before the next try, less if a caller waits for a connection. False ends the thread."""
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
