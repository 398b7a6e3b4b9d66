"""What people and staff read of a node: its name. Never its credentials, and people never its address."""

import base64
import io
import json
import logging
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from creator.lib.redaction import redact_details
from jobs.comfy import NodeBusyOrBroken, host_of, without_credentials
from jobs.models import Attempt, Node
from jobs.nodes import add_node, check_node, close_links, link_to, record_fault, secret_of
from jobs.nodes.looks import _foreign_runs
from jobs.nodes.strays import drop
from tests.jobs.comfy.peer import Peer, saying, whole
from tests.jobs.execution.running import Holder, eventually, fresh
from tests.jobs.lifecycle import rows

USER, PASSWORD = "root-of-node", "hunter2hunter2"
ECHO = (
    f'{{"error": "http://{USER}:{PASSWORD}@10.9.8.7:8188/x, password={PASSWORD}, /srv/gpu/secret/file.py"}}'
)
"""A node may repeat what it was told; here the address that it is called by."""
SAID = whole(ECHO.encode(), "500 Broken", "Connection: close")
LEAKS = (USER, PASSWORD)


def with_credentials(url):
    return url.replace("://", f"://{USER}:{PASSWORD}@")


@pytest.fixture
def echoing(db):
    """A node with credentials in its address, which answers everything with its own address."""
    with Peer(saying(SAID)) as peer:
        yield add_node(name="gpu-1", url=with_credentials(peer.url))
    close_links()


def texts_of(capsys, caplog):
    out = capsys.readouterr()
    return out.out + out.err + "\n".join(str(record.msg) + record.getMessage() for record in caplog.records)


def assert_no_leak(text):
    assert [leak for leak in LEAKS if leak in text] == []


def test_an_address_is_shown_without_its_credentials():
    url = "https://user:pa%20ss@gpu.example:8443/comfy/"
    assert (host_of(url), without_credentials(url)) == ("gpu.example:8443", "https://gpu.example:8443/comfy/")
    assert without_credentials("http://10.0.0.7:8188") == "http://10.0.0.7:8188"


def test_a_check_that_fails_shows_staff_no_credentials(echoing, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    assert check_node(echoing) is False
    assert_no_leak(Node.objects.get().trouble + texts_of(capsys, caplog))


@pytest.mark.parametrize(
    "command", [("list",), ("list", "--json"), ("drain", "gpu-1"), ("enable", "gpu-1"), ("remove", "gpu-1")]
)
def test_no_command_shows_them(echoing, command, capsys, caplog):
    check_node(echoing)
    out = io.StringIO()
    call_command("nodes", *command, stdout=out)
    assert_no_leak(out.getvalue() + texts_of(capsys, caplog))


def test_a_check_by_hand_does_not_show_them(echoing):
    with pytest.raises(CommandError) as caught:
        call_command("nodes", "check", "gpu-1")
    assert_no_leak(str(caught.value))


def test_a_node_that_is_added_without_a_name_is_named_after_its_host(db):
    out = io.StringIO()
    call_command("nodes", "add", with_credentials("http://127.0.0.1:9"), stdout=out)
    assert Node.objects.get().name == "127-0-0-1-9"
    assert_no_leak(out.getvalue())
    with pytest.raises(CommandError) as caught:
        call_command("nodes", "add", f"ftp://{USER}:{PASSWORD}@host")
    assert_no_leak(str(caught.value))


def test_lines_about_strays_and_runs_name_the_host(echoing, caplog):
    client = link_to(echoing.url).client
    with pytest.raises(NodeBusyOrBroken):
        drop(client, ["a"])
    assert _foreign_runs(client, echoing) == ()
    assert_no_leak("\n".join(record.getMessage() for record in caplog.records))


def test_the_words_of_a_node_are_redacted_in_every_line_that_has_them():
    assert_no_leak(redact_details(None, "", {"event": "x", "detail": ECHO})["detail"])
    assert redact_details(None, "", {"event": "x", "detail": 3})["detail"] == 3


def test_a_fault_in_a_node_s_own_words_is_redacted_for_staff(db):
    node = rows.make_node()
    record_fault(node.pk, NodeBusyOrBroken(detail=ECHO))
    assert_no_leak(Node.objects.get().trouble)
    assert "10.9.8.7" not in Node.objects.get().trouble


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_owner_sees_neither_address_nor_words_of_a_node(cast, slow_on, client, settings):
    """Of every page and API answer about a job that its node broke."""
    settings.CONFIG = replace(settings.CONFIG, job_attempts=1)
    job = slow_on
    client.force_login(cast.owner)
    shown = [
        client.get(reverse("job", args=[job.pk])),
        client.get(reverse("api_job", args=[job.pk])),
        client.get(reverse("home")),
    ]
    for answer in shown:
        text = answer.content.decode()
        assert_no_leak(text)
        assert [
            each for each in ("10.9.8.7", "127.0.0.1:", "/srv/gpu") if each in text.replace("testserver", "")
        ] == []


@pytest.fixture
def slow_on(cast, echoing):
    Node.objects.update(seen_at=rows.timezone.now(), classes=rows.CLASSES)
    job = rows.submit_one(cast.owner, rows.slow_preset())
    holder = Holder(eventually(lambda: rows.claim(job, Node.objects.get())))
    eventually(holder.has_ended)
    attempt = Attempt.objects.get(job=job)
    assert_no_leak(json.dumps([attempt.error_detail, *fresh(job).events.values_list("reason", flat=True)]))
    return fresh(job)


def test_each_node_gets_a_secret_of_its_own(settings):
    one, other = secret_of("http://gpu:8188"), secret_of("http://gpu:8189")
    assert one != other
    assert secret_of(with_credentials("http://gpu:8188/path")) == one
    settings.SECRET_KEY = "another"
    assert secret_of("http://gpu:8188") != one


def test_staff_print_it_for_a_proxy(db):
    rows.make_node("gpu-1", url="http://gpu:8188")
    out = io.StringIO()
    call_command("nodes", "secret", "gpu-1", stdout=out)
    assert out.getvalue().strip() == f"X-Creator-Secret: {secret_of('http://gpu:8188')}"


def test_requests_and_sockets_carry_it(db):
    heard = []

    def act(connection):
        heard.append(connection.recv(65536).decode().lower())
        connection.sendall(whole(b"{}", "403 Forbidden", "Connection: close"))

    with Peer(act) as peer:
        link = link_to(with_credentials(peer.url))
        for call in (link.client.info, lambda: link.stream.ensure_connected(10)):
            with pytest.raises(Exception, match="node"):
                call()
        close_links()
    assert [f"x-creator-secret: {secret_of(peer.url)}" in each for each in heard] == [True] * len(heard)
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode().lower()
    assert [f"authorization: basic {basic}" in each for each in heard] == [True] * len(heard)
    assert any("upgrade: websocket" in each for each in heard)
