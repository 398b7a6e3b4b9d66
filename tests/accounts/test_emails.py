"""One address has one normal form, however it is typed, and every door finds its account by it."""

import sqlite3
from contextlib import closing

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.emails import LONGEST, InvalidAddress, normal, shown
from accounts.models import User
from tests.house.test_migrations import manage

PASSWORD = "a-Long-enough-1"
SPELLINGS = [
    "owner@example.org",
    "Owner@EXAMPLE.org",
    "  owner@example.org\t",
    "owner @ example. org",
    "mailto:owner@example.org?subject=Hello",
    "MAILTO:owner%40example.org",
    "Owner of the house <owner@example.org>",
    "“owner@example.org”;",
    "'owner@example.org'",
    "ｏｗｎｅｒ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    "own\u200ber@exam\u00adple.org",
    "owner@example.org.",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_spelling_has_one_normal_form(typed):
    assert normal(typed) == "owner@example.org"


@pytest.mark.parametrize(
    "typed", ["anna@Bücher.example", "anna@bücher。example", "Anna@XN--BCHER-KVA.example"]
)
def test_a_unicode_domain_and_its_form_in_dns_are_one(typed):
    assert normal(typed) == "anna@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        (" Anna.Berg@Bücher.example ", "Anna.Berg@Bücher.example"),
        ("mailto:Anna@Example.org", "Anna@Example.org"),
        ("Anna Berg <Anna@Example.org>", "Anna@Example.org"),
    ],
)
def test_an_address_is_shown_as_it_was_typed(typed, seen):
    assert shown(typed) == seen


def test_addresses_that_mail_servers_tell_apart_stay_apart():
    apart = [
        "anna@example.org",
        "anna+work@example.org",
        "an.na@example.org",
        "anna@strasse.example",
        "anna@straße.example",
    ]
    assert len({normal(each) for each in apart}) == len(apart)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an email address"),
        (" ", "Enter an email address"),
        ("anna", "has a name, an @ and a domain"),
        ("@example.org", "has a name, an @ and a domain"),
        ("anna@", "has a name, an @ and a domain"),
        ("anna@b@example.org", "more than one @"),
        ("anna berg@example.org", "has no spaces"),
        ("anna@example.org\r\nBcc: other@example.org", "has no spaces"),
        ("anna@exam\0ple.org", "has no spaces"),
        ("änna@example.org", "Before the @"),
        (".anna@example.org", "Before the @"),
        ("an..na@example.org", "Before the @"),
        ("a" * 65 + "@example.org", "Before the @"),
        ("anna@example", "is not the domain"),
        ("anna@127.0.0.1", "is not the domain"),
        ("anna@-example.org", "is not the domain"),
        ("anna@xn--0.org", "is not the domain"),
        ("anna@" + "a" * 250 + ".org", "at most 254 characters"),
        ("a" * 64 + "@" + ("例え" * 14 + ".") * 5 + "org", "at most 254 characters"),
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence(typed, said):
    with pytest.raises(InvalidAddress, match=said):
        normal(typed)
    with pytest.raises(InvalidAddress, match=said):
        shown(typed)


@given(st.text(max_size=40) | st.from_regex(r"[^@]{1,20}@[\w.。-]{1,30}", fullmatch=True))
def test_a_normal_form_is_ascii_and_normal(typed):
    try:
        address = normal(typed)
    except InvalidAddress:
        return
    assert (address.isascii(), normal(address), normal(shown(typed))) == (True, address, address)
    assert len(address) <= LONGEST
    assert len(shown(typed)) <= LONGEST


@pytest.fixture
def owner(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    return cast.owner


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_spelling_signs_in(client, owner, typed):
    client.post(reverse("account_login"), {"login": typed, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(owner.pk)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_spelling_is_taken_once(client, owner, typed):
    client.post(reverse("account_signup"), {"email": typed, "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.filter(email__contains="owner").count() == 1


@pytest.mark.parametrize("typed", SPELLINGS)
def test_commands_find_every_spelling(owner, typed):
    assert User.objects.find(typed) == owner
    call_command("create_api_key", typed)
    assert owner.api_keys.count() == 1


def test_a_command_says_what_is_no_address(db):
    with pytest.raises(CommandError, match="has a name, an @ and a domain"):
        call_command("jobs", "list", "--owner", "nonsense")


def test_pages_show_the_address_as_typed_and_mail_goes_to_its_normal_form(client, db):
    account = {"email": " Anna@Bücher.example", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("account_signup"), account, follow=True)
    user = User.objects.get()
    assert (user.email, user.shown_email) == ("anna@xn--bcher-kva.example", "Anna@Bücher.example")
    assert "Anna@Bücher.example" in page.text
    assert EmailAddress.objects.get().email == user.email


def test_an_upgrade_gives_addresses_their_normal_form(tmp_path):
    def migrated(*target):
        done = manage("migrate", "--verbosity", "0", *target, folder=tmp_path, DATABASE_URL="")
        assert (done.returncode, done.stderr) == (0, "")
        return closing(sqlite3.connect(tmp_path / "creator.sqlite3"))

    stored = [
        "one@bücher.example",
        "two@example.org",
        "three@bücher.example",
        "three@xn--bcher-kva.example",
        "nonsense",
    ]
    with migrated("accounts", "0004") as database, database:
        database.executemany(
            "INSERT INTO accounts_user (id, email, password, is_superuser, is_active, is_staff, keep_copyright,"
            " date_joined) VALUES (?, ?, '', 0, 1, 0, 1, '2026-01-01')",
            [(f"{number:032x}", email) for number, email in enumerate(stored)],
        )
    with migrated("accounts") as database:
        rows = database.execute("SELECT email, typed_email FROM accounts_user ORDER BY id").fetchall()
    assert rows == [
        ("one@xn--bcher-kva.example", "one@bücher.example"),
        ("two@example.org", ""),
        ("three@bücher.example", ""),
        ("three@xn--bcher-kva.example", ""),
        ("nonsense", ""),
    ]
