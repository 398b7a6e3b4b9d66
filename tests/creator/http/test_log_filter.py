"""What the logs record about requests, and what they must leave out."""

import io
import logging
import logging.config
import os
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import get_resolver

from creator.http.log_filter import FALSE_ALARM, loggable_path
from tests.creator.every_url import every_route
from tests.house.test_config import PRODUCTION
from tests.house.tree import ROOT

LINK = "/files/WyJhIl0:token/a.png"


@pytest.fixture
def lines(settings):
    """Captures what the product's own logging configuration writes."""
    written = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    handler = settings.LOGGING["handlers"]["console"] | {"stream": written}
    logging.config.dictConfig(settings.LOGGING | {"handlers": {"console": handler}})
    yield written
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (LINK, "/files/…"),
        ("/accounts/password/reset/key/1-abc-secret/", "/accounts/password/reset/key/…"),
        ("/accounts/confirm-email/MQ:secret/", "/accounts/confirm-email/…"),
        ("/accounts/confirm-email/", "/accounts/confirm-email/"),
        ("/jobs/", "/jobs/"),
        ("/\x1b[2J\n", "/%1B%5B2J%0A"),
    ],
)
def test_a_path_is_shown_without_tokens_and_control_characters(path, shown):
    assert loggable_path(path) == shown


def test_every_route_with_a_token_in_its_path_is_cut_in_the_log(settings):
    secret = {route for route in every_route(get_resolver()) if re.search(r"<(?:str:)?(?:token|key)>", route)}
    assert len(secret) >= 5
    assert {route for route in secret if not route.startswith(tuple(settings.SECRET_PATHS))} == set()


def test_what_django_says_of_a_broken_request_has_no_link_in_it(lines, rf):
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", LINK, extra={"request": rf.get(LINK), "status_code": 500}
    )
    assert ("Internal Server Error: /files/…" in lines.getvalue(), "token" in lines.getvalue()) == (
        True,
        False,
    )


def test_a_refused_request_is_one_line(lines, client, db):
    client.get("/nothing/here")
    client.get("/", headers={"Host": "evil.example"})
    assert [line.count(" request ") for line in lines.getvalue().splitlines()] == [1, 1]


def test_a_traceback_names_no_values(lines):
    password = "swordfish"
    try:
        raise ValueError(len(password))
    except ValueError:
        logging.getLogger("creator").exception("broke")
    assert ("ValueError: 9" in lines.getvalue(), "swordfish'" in lines.getvalue()) == (True, False)


def test_a_refused_handshake_is_no_error(lines):
    logging.getLogger("uvicorn.error").error(FALSE_ALARM)
    assert lines.getvalue() == ""


SIGN = """
from django.core.files.storage import default_storage as storage
import structlog
client = storage.signing_client("")
print(client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "results/k.png"}))
try:
    storage.exists("results/k.png")
except Exception as error:
    print(type(error).__name__)
structlog.get_logger("creator.any").debug("own_event")
"""


def test_at_debug_nothing_is_logged_that_a_signed_link_could_be_made_of(tmp_path):
    """botocore describes at DEBUG what it signs, and urllib3 what it requests."""
    secrets = {"S3_ACCESS_KEY_ID": "AKIAOFTHETEST", "S3_SECRET_ACCESS_KEY": "the-secret-of-the-bucket"}
    environ = os.environ | PRODUCTION | secrets | {
        "DATA_DIR": str(tmp_path), "LOG_LEVEL": "DEBUG",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9", "S3_PUBLIC_URL": "https://files.example",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", SIGN],
        cwd=ROOT, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    link, failure = done.stdout.split()
    signature = parse_qs(urlsplit(link).query)["X-Amz-Signature"][0]
    assert failure == "EndpointConnectionError", "a request was tried, and is not described either"
    assert "own_event" in done.stderr
    told = [word for word in (signature, *secrets.values(), "k.png", "X-Amz", "AWS4") if word in done.stderr]
    assert told == []


@pytest.mark.parametrize(
    "library", ["botocore.auth", "urllib3.connectionpool", "kombu", "httpx2", "any.other"]
)
def test_libraries_warn_and_say_nothing_else(lines, library):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logging.getLogger(library).log(level, "said")
    assert lines.getvalue().count("said") == 1
