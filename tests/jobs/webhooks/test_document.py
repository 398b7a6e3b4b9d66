"""What docs/webhooks.md tells receivers to do verifies real messages."""

import re
import subprocess

import pytest

from jobs import webhooks
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/webhooks.md").read_text()
PYTHON, SHELL = (re.search(rf"```{kind}\n(.*?)```", PAGE, re.S)[1] for kind in ("python", "sh"))


@pytest.fixture
def received(add, receiver, work_off):
    """A message that arrived, and the secret."""
    webhook, secret = add()
    webhooks.ping(webhook)
    work_off()
    return receiver.got[0], secret


def verify(*arguments):
    named = {}
    exec(PYTHON, named)
    return named["verify"](*arguments)


def test_the_python_function_accepts_what_we_sent_and_nothing_else(received):
    got, secret = received
    assert verify(secret, got.headers, got.body) is True
    old = got.headers | {"webhook-timestamp": str(int(got.headers["webhook-timestamp"]) - 1)}
    other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    wrong = [
        (secret, got.headers, got.body + b" "),
        (secret, got.headers | {"webhook-id": "evt_other"}, got.body),
        (secret, old, got.body),
        (other, got.headers, got.body),
    ]
    assert [verify(*each) for each in wrong] == [False] * 4


def test_it_refuses_what_is_five_minutes_old(received, monkeypatch):
    import time

    got, secret = received
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert verify(secret, got.headers, got.body) is False


def test_the_shell_lines_print_the_signature(received, tmp_path):
    got, secret = received
    (tmp_path / "body.json").write_bytes(got.body)
    given = {
        "SECRET": secret,
        "WEBHOOK_ID": got.event_id,
        "WEBHOOK_TIMESTAMP": got.headers["webhook-timestamp"],
        "PATH": "/usr/bin:/bin",
    }
    ran = subprocess.run(
        ["sh", "-c", SHELL], cwd=tmp_path, env=given, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == got.headers["webhook-signature"]


def test_every_event_is_in_the_table():
    assert set(re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.M)) >= {*webhooks.CHOICES, "test"}
