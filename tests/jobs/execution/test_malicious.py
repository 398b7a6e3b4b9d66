"""Each answer of the protocol, replaced by each vice: every job ends within its bound, and costs nothing extra."""

import json
import random
import resource
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.ledger import find_drift
from jobs.comfy import Bounds, ComfyClient, ComfyError, parse_binary, parse_text
from jobs.execution import judgement
from jobs.lifecycle import cancel_job
from jobs.models import Attempt, Node
from jobs.nodes import add_node, breaker, check_node, close_links
from jobs.uploads.accept import accept_photo
from tests.jobs.comfy.peer import Peer, saying, whole
from tests.jobs.comfy.recordings import SCENARIOS, lines, socket_messages
from tests.jobs.comfy.test_bounds import CALLS
from tests.jobs.execution.malicious import OF_A_CHECK, OF_A_RUN, VICES, Malicious, mutate
from tests.jobs.execution.running import Holder, NodeSide, eventually, fresh, run_to_end
from tests.jobs.lifecycle import rows
from tests.jobs.uploads.pictures import encode, flat

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

BOUND_S = 40.0
"""Far above what any of them takes with these settings; without a bound it would be for ever."""
MEMORY_KIB = 200 * 1024
DOCUMENTED = {"node_unavailable", "bad_output", "node_error", "invalid_workflow", "interrupted", "timeout"}
"""How a job may end whose only node is vicious. Most are in when-a-node-dies.md; see the table there."""


@pytest.fixture
def node(cpu_node):
    """The real node behind the vicious one."""
    side = NodeSide(cpu_node)
    side.set_faults(reset=True)
    yield side
    side.close()


@pytest.fixture
def vicious(node, hurried, settings, monkeypatch, db):
    """A vicious node, registered while it still behaved. Every bound is short."""
    settings.CONFIG = replace(
        settings.CONFIG, node_answer_seconds=0.5, node_file_seconds=1.0, node_file_mib=8, job_attempts=2
    )
    monkeypatch.setattr(judgement, "MOST_ATTEMPTS", 3)
    for name in ("FIRST_CLOSED_S", "LONGEST_CLOSED_S", "FIRST_BARRED_S", "LONGEST_BARRED_S"):
        monkeypatch.setattr(breaker, name, 0.01)
    monkeypatch.setattr("jobs.comfy.client.RECHECK_DELAYS", (0.0,))
    close_links()
    node = Malicious(node.url)
    assert check_node(add_node(name="vicious", url=node.url))
    rows.let_caches_expire()
    yield node
    node.close()
    close_links()


@pytest.fixture
def photo(cast):
    content = encode(flat("RGB", (200, 120, 60), (64, 48)), "PNG")
    return accept_photo(owner=cast.owner, file=SimpleUploadedFile("photo.png", content))


def encoded(body):
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("vice", VICES)
@pytest.mark.parametrize("kind", OF_A_RUN)
def test_a_job_ends_as_documented_whatever_its_node_answers(kind, vice, vicious, node, cast, presets, photo):
    vicious.vices[kind] = vice
    if kind == "job":  # so long that a prompt is looked at while it runs
        node.set_faults(delay_ms=1500)
    began, before = time.monotonic(), peak_kib()
    job = run_to_end(rows.submit_one(cast.owner, presets["mono_film"], photos=[photo]))
    assert job.status == "completed" or job.error_code in DOCUMENTED
    assert time.monotonic() - began < BOUND_S
    assert peak_kib() - before < MEMORY_KIB
    assert (list(find_drift()), vicious.trapped, rows.counts(cast.owner)) == ([], 0, (0, 0))
    for attempt in Attempt.objects.filter(job=job):
        assert vicious.url.removeprefix("http://") not in attempt.error_detail


@pytest.mark.parametrize("vice", VICES)
@pytest.mark.parametrize("kind", OF_A_CHECK)
def test_a_check_ends_and_says_what_is_wrong_whatever_its_node_answers(kind, vice, vicious):
    vicious.vices[kind] = vice
    Node.objects.update(abilities_read_at=None, proven_at=None)
    began, before = time.monotonic(), peak_kib()
    well = check_node(Node.objects.get())
    assert time.monotonic() - began < BOUND_S
    assert peak_kib() - before < MEMORY_KIB
    node = Node.objects.get()
    assert (well or bool(node.trouble), vicious.trapped) == (True, 0)


@pytest.mark.parametrize("vice", ["drip", "endless", "empty", "other ids"])
@pytest.mark.parametrize("kind", ["job", "result", "upload", "submit"])
def test_an_owner_who_cancels_does_not_wait_for_it(kind, vice, vicious, cast, presets, photo, settings):
    """Here the bounds are long: only the cancel ends the wait."""
    settings.CONFIG = replace(settings.CONFIG, node_answer_seconds=300, node_file_seconds=300)
    close_links()
    vicious.vices[kind] = vice
    job = rows.submit_one(cast.owner, presets["mono_film"], photos=[photo])
    claim = eventually(lambda: rows.claim(job, Node.objects.get()))
    asked = vicious.asked[kind]
    holder = Holder(claim)
    eventually(lambda: vicious.asked[kind] > asked or holder.has_ended())
    cancel_job(job=fresh(job))
    began = time.monotonic()
    eventually(holder.has_ended)
    assert time.monotonic() - began < BOUND_S
    assert fresh(job).status in ("cancelled", "completed", "failed")


def test_five_hundred_mutated_answers_are_read_or_refused(monkeypatch):
    """Whatever a node says, its client returns a value or raises an error of its own."""
    chance = random.Random(20261128)
    monkeypatch.setattr("jobs.comfy.client.RECHECK_DELAYS", ())
    recorded = [line for scenario in SCENARIOS for line in lines(scenario) if line.get("channel") != "ws"]
    bodies = [encoded(line["body"]) for line in recorded if line["dir"] == "recv" and line.get("body")]
    before, current = peak_kib(), b""
    with Peer(lambda connection: saying(whole(current, "200 OK", "Connection: close"))(connection)) as peer:
        client = ComfyClient(peer.url, bounds=Bounds(answer_s=5, file_s=5, file_bytes=2**20))
        for _ in range(500):
            current = mutate(chance.choice(bodies), chance)
            with suppress(ComfyError):
                CALLS[chance.choice(list(CALLS))](client)
        client.close()
    assert peak_kib() - before < MEMORY_KIB


def test_five_hundred_mutated_messages_are_read_or_ignored():
    chance = random.Random(20261128)
    messages = [each for scenario in SCENARIOS for each in socket_messages(scenario)]
    for _ in range(500):
        message = chance.choice(messages)
        if isinstance(message, bytes):
            parse_binary(mutate(message, chance))
        else:
            parse_text(mutate(message.encode(errors="replace"), chance).decode(errors="replace"))
