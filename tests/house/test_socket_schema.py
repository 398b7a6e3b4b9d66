"""docs/socket.schema.json against the messages that sockets send."""

import json
from datetime import datetime

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator, FormatChecker

from creator.management.commands.seed import RECIPES
from jobs.models import Job
from jobs.streaming.messages import encode, heartbeat, messages_after, read_snapshot, snapshot_message
from tests.house.tree import ROOT

SCHEMA = json.loads((ROOT / "docs/socket.schema.json").read_text())
EXAMPLE = json.loads((ROOT / "docs/socket.md").read_text().partition("```json\n")[2].partition("```")[0])

FORMATS = FormatChecker(["uuid"])
FORMATS.checks("date-time", raises=ValueError)(
    lambda value: not isinstance(value, str) or bool(datetime.fromisoformat(value))
)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FORMATS)


def problems(message):
    """Returns the schema's errors for the message; empty if it fits."""
    return [error.message for error in VALIDATOR.iter_errors(message)]


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_messages_of_jobs_in_every_state_fit_the_schema(db):
    call_command("seed", jobs=len(RECIPES))
    kinds = set()
    for job_id in Job.objects.values_list("pk", flat=True):
        now = read_snapshot(job_id)
        for message in (snapshot_message(now), heartbeat(job_id, now.sequence), *messages_after(job_id, 0)):
            sent = json.loads(encode(message))
            assert problems(sent) == []
            kinds.add((sent["type"], sent.get("status"), sent.get("stage")))
    assert len(kinds) == 1 + 2 * 7  # heartbeat; snapshot and update of queued, three stages, three ends


def test_example_in_the_docs_fits_the_schema():
    assert problems(EXAMPLE) == []
    assert EXAMPLE.keys() == {"type"} | SCHEMA["$defs"]["state"]["properties"].keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"percent": 101},
        {"percent": True},
        {"job_id": "7"},
        {"position": 0},
        {"error": {"code": "timeout"}},
        {"terminal": "no"},
        {"created_at": "yesterday"},
        {"secret": "x"},
    ],
)
def test_wrong_message_does_not_fit(wrong):
    assert problems(EXAMPLE | wrong) != []


def test_message_without_a_field_does_not_fit():
    assert problems({key: EXAMPLE[key] for key in EXAMPLE if key != "sequence"}) != []
