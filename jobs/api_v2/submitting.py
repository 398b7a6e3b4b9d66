"""Turns a graph that is sent into a job: recognised as a preset's, with its photo, and submitted as any other."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.principals import Principal
from creator.lib.errors import Refused
from jobs.api_v2.labels import store_labels
from jobs.api_v2.refusals import ContractRefused
from jobs.catalogue import NotAPreset, offered_version, recognise
from jobs.lifecycle import JobRequest, submit_batch
from jobs.models import Job, Upload
from jobs.presets.manifest import Manifest
from jobs.presets.params import ImageParameter, Target
from jobs.presets.recognition import Difference
from jobs.queries import jobs_of, uploads_of

ASSET = "core/ASSET"
MOST_SAID = 3


def submit_workflow(caller: Principal, workflow: Mapping[str, Any], labels: Mapping[str, str]) -> Job:
    """Queues the job that the graph asks for. Raises Refused: `workflow_format_ui`, `invalid_workflow` and
    `missing_asset` by the contract, and as `submit_batch` does.
    """
    if isinstance(workflow.get("nodes"), list) and "links" in workflow:
        message = "This is a workflow as the editor saves it. Export it in the API format and send that."
        raise ContractRefused("workflow_format_ui", message)
    try:
        published, reading = recognise(workflow)
    except NotAPreset as error:
        raise _unknown(error) from error
    manifest = published.manifest
    photos = [_photo(caller.user, manifest, reading.photo)] if manifest.needs_photo else []
    request = JobRequest(
        owner=caller.user,
        preset=offered_version(published.version_id),
        photos=photos,
        parameters=reading.values,
        api_key_id=caller.api_key_id,
    )
    try:
        with transaction.atomic() if labels else nullcontext():  # a job is not there without its labels
            job = jobs_of(submit_batch(request, key=uuid.uuid4())).get()
            store_labels(job, labels)
    except Refused as refused:
        raise _about_inputs(refused, manifest) from refused
    return job


def asset_reference(photo: Upload) -> dict[str, Any]:
    """What stands for a photo in a graph."""
    return {"__type": ASSET, "info": {"id": str(photo.id), "file_path": photo.name}}


def photo_targets(manifest: Manifest) -> tuple[Target, ...]:
    """The inputs where the photo goes."""
    return next((each.targets for each in manifest.parameters if isinstance(each, ImageParameter)), ())


def _photo(owner: User, manifest: Manifest, sent: object) -> Upload:
    target = photo_targets(manifest)[0]
    asset_id = _asset_id(sent)
    if asset_id is None:
        text = "has to be a reference to an asset, as comfy-sdk writes it for set_input(…, asset)."
        raise _refused("missing_asset", "", [Difference(target.node, target.input, text)])
    if not (found := uploads_of(owner, [asset_id])):
        text = f"names the asset {asset_id}, and you have no photo with that id. Upload it first."
        raise _refused("missing_asset", "", [Difference(target.node, target.input, text)])
    return found[0]


def _asset_id(sent: object) -> UUID | None:
    info = sent.get("info") if isinstance(sent, dict) and sent.get("__type") == ASSET else None
    given = info.get("id") if isinstance(info, dict) else None
    try:
        return UUID(given) if isinstance(given, str) else None
    except ValueError:
        return None


def _unknown(error: NotAPreset) -> ContractRefused:
    if error.closest is None:
        start = "This is the graph of no preset. Start from one that GET /api/v2/workflows lists."
        return _refused("invalid_workflow", start, [])
    start = f"This is nearly the graph of the preset {error.closest.title}, but it has to differ in settings only."
    return _refused("invalid_workflow", start, error.differences, preset=error.closest.slug)


def _about_inputs(refused: Refused, manifest: Manifest) -> Refused:
    """The refusal. If it is about settings, it names the inputs that hold them."""
    if refused.code != "invalid_parameters":
        return refused
    targets = {each.name: each.all_targets for each in manifest.parameters} | {
        "photos": photo_targets(manifest)
    }
    found = [
        Difference(target.node, target.input, f"does not fit. {problem}")
        for name, problem in refused.problems.items()
        for target in targets.get(name, ())
    ]
    return _refused("invalid_workflow", "" if found else refused.message, found, preset=manifest.slug)


def _refused(code: str, start: str, found: Iterable[Difference], **facts: Any) -> ContractRefused:
    """The refusal with the first differences in words, and all of them by node in `details`."""
    found = list(found)
    by_node: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for each in found:
        by_node[each.node].append({"field": each.input, "reason": each.text})
    said = [start] * bool(start) + [str(each) for each in found[:MOST_SAID]]
    return ContractRefused(code, " ".join(said), facts={**facts, "node_errors": dict(by_node)})
