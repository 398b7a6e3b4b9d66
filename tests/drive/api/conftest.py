"""A program with the key of the person whose folders are watched, and one of somebody else."""

import json

import pytest
from django.test import Client

from tests.jobs.api.conftest import program
from tests.jobs.web.conftest import able_node, make_job, make_upload  # noqa: F401  (fixtures)


@pytest.fixture
def api(person, able_node) -> Client:  # noqa: F811  (the fixture)
    return program(person)


@pytest.fixture
def other(cast) -> Client:
    return program(cast.other)


def send(client, method, path, body=None, **headers):
    body = "" if body is None else json.dumps(body)
    return client.generic(method, f"/api/v1/drive/{path}", body, "application/json", headers=headers)


def refused(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], set(error["details"])
