"""Measures how long a node spends on each step of a preset's graph, for the `[weights]` of its manifest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from PIL import Image

from jobs.comfy import ComfyClient, Executing, Failed, Finished, InterruptedEvent, NodeStream, Subscription
from jobs.presets.render import Photo, render_graph
from jobs.presets.shipped import ShippedPreset

LOOK_S = 5.0


def weigh(preset: ShippedPreset, url: str, photo: Path | None, *, seed: int) -> dict[str, float]:
    """Runs the preset once on the node at `url` and returns milliseconds by graph node, in the order they ran.

    The steps are timed by the node's events, so the node must be idle. A step whose result the node has cached
    is missing. Raises ComfyError, TimeoutError after the preset's own limit, or RuntimeError if the run fails.
    """
    prompt_id, stream = str(uuid4()), NodeStream(url)
    try:
        with ComfyClient(url) as client:
            graph = render_graph(
                preset.manifest,
                preset.workflow,
                values={},
                seed=seed,
                photo=_send(client, photo) if photo else None,
                filename_prefix=f"weigh/{prompt_id}",
            )
            client_id = stream.ensure_connected(LOOK_S)
            with stream.subscribe(prompt_id, client_id) as events:
                client.submit(graph, prompt_id=prompt_id, client_id=client_id)
                steps = list(_steps(events, time.monotonic() + preset.manifest.run_timeout_s))
    finally:
        stream.close()
    ends = [at for _, at in steps[1:]]
    return {node: round(1000 * (end - at), 1) for (node, at), end in zip(steps, ends, strict=False)}


def _send(client: ComfyClient, path: Path) -> Photo:
    with Image.open(path) as picture, path.open("rb") as file:
        return Photo(client.upload_image(file, name=f"weigh-{uuid4()}{path.suffix}"), *picture.size)


def _steps(events: Subscription, deadline: float) -> Iterator[tuple[str, float]]:
    """Yields (graph node, its start), and last ("", the end of the run). Times by `time.monotonic`."""
    while time.monotonic() < deadline:
        match events.get(LOOK_S):
            case Executing(node=node):
                yield node, time.monotonic()
            case Failed() | InterruptedEvent():
                raise RuntimeError("The preset failed on the node.")
            case Finished():
                yield "", time.monotonic()
                return
    raise TimeoutError("The preset did not end within its limit.")
