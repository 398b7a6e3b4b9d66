"""Which passwords are taken, and that each keyboard's form of one signs in."""

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords import known
from accounts.passwords.rules import LONGEST, SHORTEST


@pytest.fixture
def anna():
    return User(email="anna.berg@blumen-haus.example", name="Annabel Berg")


def said_of(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [each.code for each in error.error_list]
    return []


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "  spaces round it  ",
        "nur-wörter-und-ß",
        "ただのことばだよね",
        "🦊🦊🦊🦊 forest",
        "!§$%&/()=?!§$%&/",
        "x7" * 64,
        "ab" * (LONGEST // 2),
    ],
)
def test_any_characters_will_do(anna, password):
    assert said_of(password, anna) == []


@pytest.mark.parametrize("password", ["a", "short-7", "x" * (SHORTEST - 1), "y7" * (LONGEST // 2) + "z"])
def test_the_length_is_bounded(anna, password):
    assert said_of(password, anna)[0] in ("password_too_short", "password_too_long")


@pytest.mark.parametrize(
    "password",
    [
        "password1",
        "PassWord1",
        "12345678",
        "iloveyou",
        "qwertyuiop",
        "Liverpool1",
        "ｐａｓｓｗｏｒｄ１",
        "sunshine ",
    ],
)
def test_what_attackers_try_first_is_refused(password):
    assert said_of(password) == ["password_too_common"]


def test_the_list_holds_all_of_djangos_that_are_long_enough():
    words = {each for each in CommonPasswordValidator().passwords if len(each) >= SHORTEST}
    assert (len(words) > 5000, [each for each in words if not known.is_known(each)]) == (True, [])


def test_the_list_refuses_no_others():
    assert [
        word for word in (f"forest {number} lantern" for number in range(20_000)) if known.is_known(word)
    ] == []


def test_the_list_is_small_and_read_as_it_was_packed(monkeypatch, tmp_path):
    assert known.LIST.stat().st_size < 1.5 * 2**20
    small = tmp_path / "small.bin"
    small.write_bytes(known.packed(["first one", "second one", "Third One"]))
    monkeypatch.setattr(known, "LIST", small)
    known._read.cache_clear()
    said = [known.is_known(each) for each in ("first one", "SECOND ONE", "third one", "fourth one")]
    known._read.cache_clear()
    assert said == [True, True, True, False]


@pytest.mark.parametrize(
    "password",
    [
        "anna.berg1",
        "AnnaBerg2024",
        "1berg-anna-berg",
        "anna.berg@blumen-haus.example",
        "blumenhaus!!",
        "annabel123",
    ],
)
def test_the_persons_own_words_with_little_added_are_refused(anna, password):
    assert said_of(password, anna) == ["password_too_similar"]


@pytest.mark.parametrize("password", ["anna likes long walks", "berg und tal und see"])
def test_the_persons_own_words_may_be_part_of_a_longer_one(anna, password):
    assert said_of(password, anna) == []


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        ("gar-nicht-schön", "gar-nicht-scho\u0308n"),
        ("ｌａｎｔｅｒｎ forest", "lantern forest"),
        ("①② forest lamp", "12 forest lamp"),
    ],
)
def test_each_keyboards_form_of_a_password_signs_in(chosen, typed):
    user = User(email="anna@example.org")
    user.set_password(chosen)
    assert (user.check_password(chosen), user.check_password(typed), user.check_password(typed + " ")) == (
        True,
        True,
        False,
    )
