"""Talks to one ComfyUI server: HTTP client, event stream, errors, progress, checks of results.

Pure Python: no framework, no rows, no settings. Callers decide which node to use, how often to call it, and
what a failure means for a job; nothing here retries a prompt.
"""

from jobs.comfy.client import ComfyClient, is_probe
from jobs.comfy.errors import (
    BadOutput,
    ComfyError,
    DiskFull,
    ExecutionFailed,
    Interrupted,
    InvalidWorkflow,
    NodeBusyOrBroken,
    NodeLacksSomething,
    NodeOccupied,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    OutOfMemory,
    PromptLost,
)
from jobs.comfy.events import (
    Cached,
    ConnectionLost,
    Event,
    Executed,
    Executing,
    Failed,
    Finished,
    InterruptedEvent,
    NodeProgress,
    Preview,
    Started,
    Succeeded,
    parse_binary,
    parse_text,
)
from jobs.comfy.outputs import verify_image
from jobs.comfy.progress import Progress, ProgressMeter
from jobs.comfy.stream import NodeStream, Subscription
from jobs.comfy.types import Capabilities, Graph, NodeInfo, NodeQueue, OutputFile, PromptState

__all__ = [
    "BadOutput",
    "Cached",
    "Capabilities",
    "ComfyClient",
    "ComfyError",
    "ConnectionLost",
    "DiskFull",
    "Event",
    "Executed",
    "Executing",
    "ExecutionFailed",
    "Failed",
    "Finished",
    "Graph",
    "Interrupted",
    "InterruptedEvent",
    "InvalidWorkflow",
    "NodeBusyOrBroken",
    "NodeInfo",
    "NodeLacksSomething",
    "NodeOccupied",
    "NodeProgress",
    "NodeQueue",
    "NodeStream",
    "NodeStuck",
    "NodeTimeout",
    "NodeUnreachable",
    "OutOfMemory",
    "OutputFile",
    "Preview",
    "Progress",
    "ProgressMeter",
    "PromptLost",
    "PromptState",
    "Started",
    "Subscription",
    "Succeeded",
    "is_probe",
    "parse_binary",
    "parse_text",
    "verify_image",
]
