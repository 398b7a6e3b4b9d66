"""Talks to one ComfyUI server: HTTP client, event stream, errors, progress, checks of results.

Pure Python: no framework, no rows, no settings. Callers decide which node to use, how often to call it, and
what a failure means for a job; nothing here retries a prompt.
"""

from jobs.comfy.addresses import host_of, without_credentials
from jobs.comfy.bounds import Bounds
from jobs.comfy.client import ComfyClient
from jobs.comfy.errors import (
    REFUSALS,
    BadOutput,
    ComfyError,
    DiskFull,
    ExecutionFailed,
    GpuFailed,
    InputLost,
    Interrupted,
    InvalidWorkflow,
    NodeBusyOrBroken,
    NodeLacksSomething,
    NodeOccupied,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    OutOfMemory,
    PhotoTooLarge,
    PromptLost,
    refuses,
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
from jobs.comfy.patience import giving_up_when
from jobs.comfy.previews import PreviewFile, read_preview
from jobs.comfy.probe import is_probe
from jobs.comfy.progress import Progress, ProgressMeter
from jobs.comfy.stream import NodeStream, Subscription
from jobs.comfy.types import Capabilities, EndedRun, Graph, NodeInfo, NodeQueue, OutputFile, PromptState

__all__ = [
    "REFUSALS",
    "BadOutput",
    "Bounds",
    "Cached",
    "Capabilities",
    "ComfyClient",
    "ComfyError",
    "ConnectionLost",
    "DiskFull",
    "EndedRun",
    "Event",
    "Executed",
    "Executing",
    "ExecutionFailed",
    "Failed",
    "Finished",
    "GpuFailed",
    "Graph",
    "InputLost",
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
    "PhotoTooLarge",
    "Preview",
    "PreviewFile",
    "Progress",
    "ProgressMeter",
    "PromptLost",
    "PromptState",
    "Started",
    "Subscription",
    "Succeeded",
    "giving_up_when",
    "host_of",
    "is_probe",
    "parse_binary",
    "parse_text",
    "read_preview",
    "refuses",
    "without_credentials",
]
