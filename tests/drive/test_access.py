"""People reach their own connections and folders only, and none that has ended."""

import uuid

import pytest
from django.utils import timezone

from creator.lib.errors import Refused
from drive.access import connections_of, folders_of, get_connection, get_folder


def test_a_person_finds_their_own(person, connection, folder):
    assert get_connection(person, connection.pk) == connection
    assert get_folder(person, folder.pk) == folder
    assert list(connections_of(person)) == [connection]
    assert list(folders_of(person)) == [folder]


def refusals(user, connection, folder):
    for look in (lambda: get_connection(user, connection.pk), lambda: get_folder(user, folder.pk)):
        with pytest.raises(Refused) as refused:
            look()
        yield refused.value.code, refused.value.message


def test_another_persons_and_a_missing_one_get_the_same_answer(cast, person, connection, folder):
    others = list(refusals(cast.other, connection, folder))
    connection.pk, folder.pk = uuid.uuid4(), uuid.uuid4()
    assert list(refusals(person, connection, folder)) == others
    assert [code for code, _ in others] == ["not_found", "not_found"]
    assert not connections_of(cast.other).exists()
    assert not folders_of(cast.other).exists()


def test_what_has_ended_is_not_found(person, connection, folder):
    connection.disconnected_at = timezone.now()
    connection.save()
    folder.is_ended = True
    folder.save()
    assert [code for code, _ in refusals(person, connection, folder)] == ["not_found", "not_found"]
