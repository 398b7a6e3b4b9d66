"""`manage.py drive`: what an operator sees and does of connections and folders."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from drive.connections import connect_folder
from drive.enums import Pause
from drive.folders import watch_folder
from drive.models import Connection


def run(*words) -> str:
    out = StringIO()
    call_command("drive", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def watched(cast, presets, tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "outbox").mkdir()
    connection = connect_folder(cast.owner, tmp_path, label="Studio")
    return watch_folder(
        owner=cast.owner, connection=connection, input_id="inbox", output_id="outbox", preset="cinematic"
    )


def test_list_and_check_show_what_works(watched):
    assert "Studio\towner@example.org\tconnected" in run("list")
    assert f"{watched.pk}\tinbox > cinematic > outbox\twatching" in run("list")
    assert run("check").endswith("works\n")


def test_check_names_a_folder_that_is_gone_and_fails(watched, tmp_path):
    (tmp_path / "outbox").rmdir()
    with pytest.raises(CommandError, match="1 of 1 connections do not work"):
        run("check")


def test_pause_and_resume(watched):
    assert run("pause", watched.pk) == "inbox: done\n"
    watched.refresh_from_db()
    assert watched.pause == Pause.OWNER
    assert "Paused by you" in run("list")
    assert run("resume", watched.pk) == "inbox: done\n"
    assert run("resume", watched.pk) == "inbox: nothing to do\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pause", "5"], "no watched folder with the id 5"),
        (["pause"], "needs 1 more word"),
        (["connect-folder", "nobody@example.org", "/"], "No account has the address"),
        (["connect-folder", "owner@example.org", "/no/such/place"], "is not a directory"),
    ],
)
def test_what_it_cannot_do_is_said(cast, words, message):
    with pytest.raises(CommandError, match=message):
        run(*words)


def test_a_directory_is_connected_once(cast, tmp_path):
    for _ in range(2):
        assert f"in {tmp_path}" in run("connect-folder", "owner@example.org", tmp_path)
    assert Connection.objects.count() == 1


def test_rotate_says_how_many(watched):
    assert run("rotate") == "0 encrypted with the first of ENCRYPTION_KEYS, 0 unreadable.\n"
