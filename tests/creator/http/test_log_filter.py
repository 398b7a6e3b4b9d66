"""What the logs record about requests, and what they must leave out."""

import io
import logging
import logging.config

import pytest

from creator.http.log_filter import FALSE_ALARM, loggable_path

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
