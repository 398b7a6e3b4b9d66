"""HTTP calls to one ComfyUI node.

Threads share one client per node. It never posts a prompt twice: ComfyUI neither refuses nor merges a
repeated `prompt_id` but runs the prompt again.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Self
from urllib.parse import quote

import httpx2

from jobs.comfy.addresses import authorization, without_credentials
from jobs.comfy.answers import (
    read_capabilities,
    read_history,
    read_info,
    read_job,
    read_job_list,
    read_queue,
    read_whole_history,
    read_worker_death,
)
from jobs.comfy.bounds import Bound, Bounds
from jobs.comfy.errors import (
    BadOutput,
    ComfyError,
    NodeBusyOrBroken,
    NodeOccupied,
    NodeStuck,
    PhotoTooLarge,
    PromptLost,
)
from jobs.comfy.failures import refusal_error
from jobs.comfy.graph import check_prompt, encode_prompt
from jobs.comfy.previews import PreviewFile, read_preview
from jobs.comfy.probe import make_probe_graph, make_probe_id
from jobs.comfy.transport import NO_HEADERS, Answer, Transport
from jobs.comfy.types import Capabilities, EndedRun, Graph, NodeInfo, NodeQueue, OutputFile, PromptState

# seconds; an answer can be lost before the node has read the request
RECHECK_DELAYS = (0.0, 0.1, 0.3, 0.6, 1.0)
RECENT = 10
FORGET_SECONDS = 5.0
PROBE_PAUSE = 0.02
BOUNDS = Bounds()
ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ComfyClient:
    """Calls to one node. Every method may raise NodeUnreachable, NodeTimeout or NodeBusyOrBroken."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float = 5,
        bounds: Bounds = BOUNDS,
        headers: Mapping[str, str] = NO_HEADERS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """`base_url` is like http://10.0.0.7:8188; `connect_timeout` in seconds; tests replace `transport`.

        `headers` go with every request.
        """
        self.base_url = without_credentials(base_url).rstrip("/")
        self._bounds = bounds
        self._transport = Transport(
            self.base_url,
            connect_timeout=connect_timeout,
            headers={**headers, **authorization(base_url)},
            transport=transport,
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # The node itself

    def info(self, *, timeout: float | None = None) -> NodeInfo:
        """Returns version, device and memory. `timeout` is in seconds.

        An answer does not prove that the node works: a node whose worker thread died still answers this.
        """
        return read_info(self._get("/system_stats", self._bounds.look.within(timeout)))

    def count_prompts(self, *, timeout: float | None = None) -> int:
        """Returns how many prompts of all clients run and wait. This is the smallest request."""
        length = self._get("/prompt", self._bounds.look.within(timeout)).get("exec_info")
        remaining = length.get("queue_remaining") if isinstance(length, dict) else None
        if not isinstance(remaining, int):
            raise NodeBusyOrBroken(detail=f"a queue of {remaining!r} prompts")
        return remaining

    def queue(self, *, timeout: float | None = None) -> NodeQueue:
        """Returns the running and waiting prompts. Call it only if there are any: it sends whole graphs."""
        return read_queue(self._get("/queue", self._bounds.listing.within(timeout)))

    def recent_runs(self, *, timeout: float | None = None) -> list[EndedRun]:
        """Returns the newest completed prompts of all clients that the node still knows, at most RECENT."""
        query = f"?status=completed&sort_by=created_at&sort_order=desc&limit={RECENT}"
        bound = self._bounds.listing.within(timeout)
        answer = self._transport.send("GET", f"/api/jobs{query}", bound)
        if _route_is_missing(answer):
            return read_whole_history(self._get(f"/history?max_items={RECENT}", bound))
        return read_job_list(answer.json_object())

    def has_lost_its_worker(self, *, timeout: float | None = None) -> bool:
        """Whether the node's log says that the thread which runs prompts has ended. Best effort.

        Such a node answers every request and runs nothing until it is restarted. A log that says nothing of it
        proves nothing: not every end of a thread is logged, and the log keeps its newest lines only.
        """
        with suppress(ComfyError):
            return read_worker_death(self._get("/internal/logs/raw", self._bounds.listing.within(timeout)))
        return False

    def capabilities(self) -> Capabilities:
        """Returns the node's classes and model files (an answer of about 700 KB on a bare server)."""
        return read_capabilities(self._get("/object_info", self._bounds.classes))

    def prove_alive(self, timeout: float) -> None:
        """Runs a tiny real prompt on an idle node. `timeout` is in seconds, at least 2: the node may pause
        for 0.5.

        Raises NodeStuck if the node accepts the prompt but does not run it, NodeOccupied if other prompts
        came first.
        """
        prompt_id = make_probe_id()
        deadline = time.monotonic() + timeout
        self.submit(make_probe_graph(), prompt_id=prompt_id, client_id=f"probe-{prompt_id}")
        while time.monotonic() < deadline:
            state = self.find(prompt_id)
            if state is None:
                raise PromptLost(detail="the probe vanished")
            if state.status == "completed":
                return self.forget(prompt_id)
            if state.error is not None:
                self.forget(prompt_id)
                raise state.error
            time.sleep(PROBE_PAUSE)
        return self._give_up_probe(prompt_id)

    def _give_up_probe(self, prompt_id: str) -> None:
        ahead = self.queue().running if self._still_waits(prompt_id) else ()
        self._cancel_quietly(prompt_id)
        if any(other != prompt_id for other in ahead):
            raise NodeOccupied
        raise NodeStuck(detail=f"probe {prompt_id} did not end")

    def _still_waits(self, prompt_id: str) -> bool:
        state = self.find(prompt_id)
        return state is not None and state.status == "pending"

    def free_memory(self) -> None:
        """Asks the node to unload its models and empty its caches before its next prompt. Best effort."""
        with suppress(ComfyError):
            wanted = {"unload_models": True, "free_memory": True}
            self._transport.send("POST", "/free", self._bounds.look, json=wanted)

    # Pictures in

    def upload_image(self, content: bytes | BinaryIO, *, name: str, folder: str = "") -> str:
        """Stores an input picture and returns its name for LoadImage, which the node may have changed.

        It lies in `folder` of the node's input folder. `name` has only letters, digits, `.`, `_` and `-`, because
        the node would percent-encode others; use a UUID. Raises PhotoTooLarge if the picture is larger than this
        node accepts.
        """
        if not SAFE_NAME.fullmatch(name):
            raise ValueError(f"not a safe upload name: {name!r}")
        files = {"image": (name, content, "image/png")}
        data = {"type": "input", "subfolder": folder}
        answer = self._transport.send("POST", "/upload/image", self._bounds.upload, files=files, data=data)
        if answer.status == 413:
            raise PhotoTooLarge(detail=f"{answer.status}: {answer.text}")
        body = answer.json_object()
        if not isinstance(body.get("name"), str):
            raise answer.error()
        return f"{body['subfolder']}/{body['name']}" if body.get("subfolder") else body["name"]

    def blank(self, file: OutputFile) -> bool:
        """Overwrites a file on the node with a picture of one pixel: ComfyUI has no request that deletes one.

        False: the node refuses, or has stored another file instead.
        """
        data = {"type": file.type, "subfolder": file.subfolder, "overwrite": "true"}
        files = {"image": (file.filename, ONE_PIXEL, "image/png")}
        answer = self._transport.send("POST", "/upload/image", self._bounds.look, files=files, data=data)
        if 400 <= answer.status < 500:
            return False
        return answer.json_object().get("name") == file.filename

    # A prompt's life

    def submit(self, graph: Graph, *, prompt_id: str, client_id: str) -> None:
        """Posts a prompt. If this returns, the node has the prompt, whether or not its answer arrived.

        Raises InvalidWorkflow or NodeLacksSomething if the node refuses the prompt. If an error has
        `outcome_unknown`, the node may still accept the prompt later: give the next attempt another id.
        """
        check_prompt(graph, prompt_id=prompt_id, client_id=client_id)
        body = encode_prompt(graph, prompt_id=prompt_id, client_id=client_id)
        try:
            headers = {"Content-Type": "application/json"}
            answer = self._transport.send(
                "POST", "/prompt", self._bounds.submit, content=body, headers=headers
            )
        except ComfyError as error:
            return self._confirm_or_raise(prompt_id, error)
        if answer.status >= 500 or (answer.status == 200 and answer.json() is None):
            return self._confirm_or_raise(prompt_id, _unknown(answer))
        self._check_accepted(answer, prompt_id)
        return None

    def find(self, prompt_id: str) -> PromptState | None:
        """Returns the prompt's state; None if the node does not know it (restarted, forgot or never had it)."""
        answer = self._transport.send("GET", f"/api/jobs/{_path(prompt_id)}", self._bounds.job)
        if _route_is_missing(answer):
            return self._find_on_old_node(prompt_id)
        if answer.status == 404:
            return None
        return read_job(answer.json_object())

    def cancel(self, prompt_id: str) -> bool:
        """Stops this prompt and no other. True: the node will try, but a prompt in its last step still
        completes.

        A cancelled prompt that was still waiting leaves no history and sends no event.
        """
        answer = self._transport.send("POST", f"/api/jobs/{_path(prompt_id)}/cancel", self._bounds.look)
        if _route_is_missing(answer):
            return self._cancel_on_old_node(prompt_id)
        if answer.status in (400, 404):
            return False
        return answer.json_object().get("cancelled") is True

    def forget(self, *prompt_ids: str) -> None:
        """Deletes the prompts from the node's history (graph, outputs, messages; files stay). Best effort."""
        with suppress(ComfyError):
            bound = self._bounds.look.within(FORGET_SECONDS)
            self._transport.send("POST", "/history", bound, json={"delete": [*prompt_ids]})

    # Pictures out

    def fetch_to(self, file: OutputFile, target: BinaryIO) -> int:
        """Writes the file, not decoded, to `target` as it arrives. Returns how many bytes it has.

        Raises BadOutput if it is missing or cut short. After an error `target` has a part of it.
        """
        return self._view(file, self._bounds.result, into=target).length

    def fetch_preview(self, file: OutputFile, *, quality: int = 80) -> PreviewFile:
        """Returns a WebP of `quality` 1..100, encoded by the node without metadata. Raises BadOutput."""
        content = self._view(file, self._bounds.preview, preview=f"webp;{quality}").content
        picture = read_preview(content)
        if picture is None:
            raise BadOutput(detail=f"{file} is no preview")
        return picture

    @staticmethod
    def predicted_output(filename_prefix: str) -> OutputFile:
        """Returns the file that SaveImage writes first for an unused prefix.

        It allows finding a result after a node restart, which clears the node's history.
        """
        subfolder, _, stem = filename_prefix.rpartition("/")
        return OutputFile(f"{stem}_00001_.png", subfolder, "output")

    def _get(self, path: str, bound: Bound) -> dict[str, Any]:
        return self._transport.send("GET", path, bound).json_object()

    def _view(self, file: OutputFile, bound: Bound, *, into: BinaryIO | None = None, **extra: str) -> Answer:
        params = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type, **extra}
        answer = self._transport.send("GET", "/view", bound, into=into, params=params)
        if answer.status in (400, 403, 404):
            raise BadOutput(detail=f"{file} is not on the node: {answer.status}")
        if answer.status != 200:
            raise answer.error()
        if answer.declared_length not in (None, answer.length):
            raise BadOutput(detail=f"{answer.length} of {answer.declared_length} bytes arrived")
        return answer

    def _check_accepted(self, answer: Answer, prompt_id: str) -> None:
        body = answer.json()
        if answer.status not in (200, 400) or body is None:
            raise answer.error()
        if answer.status == 400:
            raise refusal_error(body)
        if body.get("prompt_id", prompt_id) != prompt_id:
            self._cancel_quietly(str(body["prompt_id"]))
            raise NodeBusyOrBroken(
                "The node's ComfyUI is too old. Update it to a release after July 2025.",
                detail="It does not keep the client's prompt_id.",
            )
        if body.get("node_errors"):
            self._cancel_quietly(prompt_id)
            raise refusal_error(body)

    def _confirm_or_raise(self, prompt_id: str, error: ComfyError) -> None:
        """Returns if the node has the prompt, else raises `error`.

        If the outcome is unknown, asks the node several times; never posts the prompt again.
        """
        if not error.outcome_unknown:
            raise error
        if _found_after_a_while(lambda: self.find(prompt_id) is not None):
            return
        raise error

    def _cancel_quietly(self, prompt_id: str) -> None:
        with suppress(ComfyError):
            self.cancel(prompt_id)

    # Servers without /api/jobs (before 0.6; cancel before 0.26)

    def _find_on_old_node(self, prompt_id: str) -> PromptState | None:
        """Reads /queue before /history: in the other order it could miss a prompt that ends in between."""
        place = self._place_in_queue(prompt_id)
        if place is not None:
            return place
        row = self._get(f"/history/{_path(prompt_id)}", self._bounds.job).get(prompt_id)
        return read_history(row) if isinstance(row, dict) else None

    def _cancel_on_old_node(self, prompt_id: str) -> bool:
        place = self._place_in_queue(prompt_id)
        if place is not None and place.status == "pending":
            self._transport.send("POST", "/queue", self._bounds.look, json={"delete": [prompt_id]})
            place = self._place_in_queue(prompt_id)
            if place is None:
                return True
        if place is None or place.status != "running":
            return False
        self._transport.send("POST", "/interrupt", self._bounds.look, json={"prompt_id": prompt_id})
        return True

    def _place_in_queue(self, prompt_id: str) -> PromptState | None:
        queue = self._get("/queue", self._bounds.listing)
        if _holds(queue.get("queue_running"), prompt_id):
            return PromptState("running")
        return PromptState("pending") if _holds(queue.get("queue_pending"), prompt_id) else None


def _found_after_a_while(look: Callable[[], bool]) -> bool:
    for delay in RECHECK_DELAYS:
        time.sleep(delay)
        with suppress(ComfyError):
            if look():
                return True
    return False


def _unknown(answer: Answer) -> ComfyError:
    return NodeBusyOrBroken(detail=f"{answer.status}: {answer.text}", outcome_unknown=True)


def _route_is_missing(answer: Answer) -> bool:
    """Whether the server lacks the route (404 or 405); for an unknown job it sends 404 with a JSON error."""
    return answer.status == 405 or (answer.status == 404 and "error" not in (answer.json() or {}))


def _holds(entries: object, prompt_id: str) -> bool:
    rows = entries if isinstance(entries, list) else []
    return any(isinstance(row, list) and len(row) > 1 and row[1] == prompt_id for row in rows)


def _path(prompt_id: str) -> str:
    return quote(prompt_id, safe="")
