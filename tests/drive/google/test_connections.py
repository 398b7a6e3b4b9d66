"""A person connects their Google Drive, and nobody else reads what lets us in."""

import pytest
from django.apps import apps
from django.db import connection as database

from accounts.encryption import renew_all
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from drive.connections import begin_google, disconnect, finish_google
from drive.enums import Trouble
from drive.google_fake.faults import Fault
from drive.models import Connection
from drive.opening import SECRETS, open_source
from drive.sources.base import AccessLost
from drive.sources.google.oauth import READ
from tests.drive.google.conftest import ANN, BACK


def stored_text() -> str:
    """All that the database holds, as text."""
    found = []
    with database.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def ended(google) -> int:
    """How many grants were ended at Google. It ends all of the account's with one, which the fake does not."""
    return sum(each.is_revoked for each in google.server.oauth._refresh.values())


def test_the_access_is_stored_encrypted_and_stands_nowhere_else(google, cast, connect, caplog, capsys):
    connection = connect(cast.owner)
    token = SECRETS.decrypt(connection.access)
    assert (connection.label, connection.trouble, connection.is_open) == (ANN, "", True)
    with open_source(connection) as source:
        assert [each.name for each in source.folders("root")] == ["inbox", "outbox"]
    printed = capsys.readouterr()
    assert token not in stored_text() + caplog.text + printed.out + printed.err
    assert AuditLine.objects.filter(action="drive_connected").count() == 1


def test_connecting_the_same_account_again_goes_on_with_the_same_connection(google, cast, connect):
    first = connect(cast.owner)
    disconnect(first)
    again = connect(cast.owner)
    assert again.pk == first.pk
    assert again.is_open
    assert connect(cast.other).pk != first.pk


def test_who_grants_too_little_is_told_and_nothing_is_kept(google, cast, connect):
    with pytest.raises(Refused, match="has to be ticked") as refused:
        connect(cast.owner, scopes=(READ,))
    assert refused.value.code == "not_allowed"
    assert not Connection.objects.exists()


def test_a_grant_that_is_too_small_ends_no_other(google, cast, connect):
    with pytest.raises(Refused, match="has to be ticked"):
        connect(cast.owner, scopes=(READ,))
    assert ended(google) == 1
    connect(cast.owner)
    with pytest.raises(Refused, match="has to be ticked"):
        connect(cast.owner, scopes=(READ,))
    assert ended(google) == 1


def test_what_google_says_otherwise_is_said_in_words(google, cast, connect):
    google.server.faults.add(Fault(404, path="/drive/v3/about"))
    with pytest.raises(Refused) as refused:
        connect(cast.owner)
    assert refused.value.code == "service_unavailable"
    assert not Connection.objects.exists()


def test_a_code_that_google_refuses_connects_nothing(google, cast):
    flow, _ = begin_google(cast.owner, redirect_uri=BACK)
    with pytest.raises(Refused) as refused:
        finish_google(cast.owner, flow, code="made up", redirect_uri=BACK)
    assert refused.value.code == "not_authenticated"
    assert not Connection.objects.exists()


def test_it_is_offered_only_where_the_operator_says_so_and_the_plan_has_it(google, cast, settings):
    with pytest.raises(Refused) as refused:
        begin_google(cast.stranger, redirect_uri=BACK)
    assert refused.value.code == "plan_required"
    settings.CONFIG = type(settings.CONFIG)()
    with pytest.raises(Refused) as refused:
        begin_google(cast.owner, redirect_uri=BACK)
    assert refused.value.code == "not_found"


def test_disconnecting_leaves_no_token_and_ends_the_access(google, cast, connect):
    connection = connect(cast.owner)
    kept = connection.access
    assert disconnect(connection)
    assert connection.access == ""
    assert kept not in stored_text()
    connection.access, connection.disconnected_at = kept, None
    with pytest.raises(AccessLost), open_source(connection) as source:
        source.folders("root")


def test_disconnecting_ends_no_access_that_somebody_else_has(google, cast, connect):
    mine, other = connect(cast.owner), connect(cast.other)
    assert disconnect(mine)
    assert (mine.access, ended(google)) == ("", 0)
    assert disconnect(other)
    assert ended(google) == 1


def test_disconnecting_leaves_what_was_connected_again_in_another_tab(google, cast, connect):
    stale = connect(cast.owner)
    again = connect(cast.owner)
    disconnect(stale)
    assert (stale.access, stale.is_open, ended(google)) == (again.access, True, 0)
    assert not AuditLine.objects.filter(action="drive_disconnected").exists()


def test_disconnecting_forgets_the_token_also_while_google_is_away(google, cast, connect, monkeypatch):
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)
    connection = connect(cast.owner)
    google.server.stop()
    assert not disconnect(connection)
    assert Connection.objects.get().access == ""


def test_a_new_key_reads_everything_and_an_unreadable_token_asks_to_connect_again(
    google, cast, connect, settings
):
    first, second = connect(cast.owner), connect(cast.other)
    settings.ENCRYPTION_KEYS = ["new" * 20, *settings.ENCRYPTION_KEYS]
    assert renew_all()[1] == 0
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    for connection in (first, second):
        connection.refresh_from_db()
        with open_source(connection) as source:
            assert source.folders("root")
    settings.ENCRYPTION_KEYS = ["lost" * 20]
    assert renew_all()[1] == 2
    assert set(Connection.objects.values_list("trouble", flat=True)) == {Trouble.UNREADABLE}
