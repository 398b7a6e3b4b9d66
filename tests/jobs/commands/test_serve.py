"""What `serve` refuses before it starts anything."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.jobs.commands.conftest import ROOT


def test_two_servers_do_not_share_a_data_dir(home):
    with (home.folder / "serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = home.run("serve", "--port", "0", "--nodes", "0")
    message = f"CommandError: Another server uses {home.folder}. Stop it first, or set another DATA_DIR.\n"
    assert (ended.status, ended.out, ended.err) == (1, "", message)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--host", "192.0.2.77"),
            "Creator cannot listen on 192.0.2.77, port 0: Cannot assign requested address.",
        ),
        (("--host", "no-such-host.invalid"), "Creator cannot listen on no-such-host.invalid, port 0: "),
    ],
)
def test_an_address_that_is_not_ours_is_said(home, words, said):
    ended = home.run("serve", "--port", "0", "--nodes", "0", *words)
    assert (ended.status, ended.out, said in ended.err, "in use" in ended.err) == (1, "", True, False)


@contextmanager
def serving(folder, *words):
    """`serve` with its own data. Yields all that it says at its start."""
    command = [sys.executable, "manage.py", "serve", "--port", "0", "--nodes", "0", *words]
    environ = os.environ | {"ENVIRONMENT": "local", "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as server:
        said = []
        for line in server.stdout:
            said.append(line)
            if "Ctrl+C ends it" in line:
                break
        try:
            yield "".join(said)
        finally:
            server.send_signal(signal.SIGTERM)


def sign_in(site, said):
    """As the demo account, with the password that its file has."""
    address = re.search(r"Creator is on (http://\S+)", said)[1]
    with httpx2.Client(base_url=address, trust_env=False, timeout=60) as browser:
        browser.get("/accounts/login/")
        form = {"login": "demo@creator.local", "password": (site / "demo_password").read_text()}
        answer = browser.post(
            "/accounts/login/", data=form | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        )
        return answer.status_code == 302 and browser.get("/home/").status_code == 200


@pytest.mark.services
def test_the_demo_account_is_off_where_others_reach_it_unless_asked_for(tmp_path):
    with serving(tmp_path) as said:
        assert ("with the password" in said, "open an account" in said) == (True, False)
        assert sign_in(tmp_path, said)
    with serving(tmp_path, "--host", "0.0.0.0") as said:
        assert ("with the password" in said, "The demo account is off" in said) == (False, True)
        assert "Everyone who can reach this address can open an account" in said
        assert not sign_in(tmp_path, said)
        ask_from_elsewhere(said)
    with serving(tmp_path, "--host", "0.0.0.0", "--demo") as said:
        assert ("with the password" in said, "open an account" in said) == (True, True)
        assert sign_in(tmp_path, said)


def ask_from_elsewhere(said):
    """The machine's own name is refused by an address that others use, and that address itself is answered."""
    (line,) = re.findall(r"Other machines .*", said)
    for address in re.findall(r"http://\d+\.\S+", line):
        port = urlsplit(address).port
        hosts = (urlsplit(address).netloc, f"127.0.0.1:{port}", f"localhost:{port}")
        asked = [
            httpx2.get(address, headers={"Host": host}, trust_env=False, timeout=60).status_code
            for host in hosts
        ]
        assert asked == [200, 400, 400]
