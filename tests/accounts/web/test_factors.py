"""Pages of second factors: sign-in with one, adding, removing, and what each leaves behind."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.audit import lines_of
from accounts.factors import factors_of, has_second_factor, prove_code
from creator.platform.models import Delivery
from tests.accounts.factors.app import App

pytestmark = pytest.mark.django_db
PASSWORD = "a password of many words"


@pytest.fixture
def person(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, primary=True, verified=True)
    return cast.owner


@pytest.fixture
def proved(client, person):
    """A client who is signed in and has just proved who they are."""
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def sign_in(client, person, code: str | None = None):
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    if code is None:
        return answer
    assert answer.url == reverse("mfa_authenticate")
    return client.post(answer.url, {"code": code})


def mails() -> list[str]:
    """The kinds of mails that wait to be sent, latest last."""
    return [row.payload["kind"] for row in Delivery.objects.order_by("pk")]


def events(person) -> list[str]:
    return [line.action for line in lines_of(person)]


def secret_on(page: str) -> str:
    return re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")


def add_app(proved) -> App:
    """The app, with the code that added it as `added_with`."""
    app = App()
    app.secret = secret_on(proved.get(reverse("mfa_activate_totp")).text)
    app.added_with = app.code()
    answer = proved.post(reverse("mfa_activate_totp"), {"code": app.added_with})
    assert answer.url == reverse("mfa_view_recovery_codes")
    return app


def test_the_password_alone_does_not_sign_in(client, person):
    App().add(person)
    assert sign_in(client, person).url == reverse("mfa_authenticate")
    assert client.get("/home/").status_code == 302


def test_a_code_signs_in_and_the_same_code_does_not_again(client, person):
    app = App()
    app.add(person)
    code = app.code()
    assert sign_in(client, person, code).status_code == 302
    assert client.get("/home/").status_code == 200
    client.logout()
    assert "used before" in sign_in(client, person, code).text
    assert client.get("/home/").status_code == 302


def test_a_recovery_code_signs_in_and_few_are_warned_of(client, person):
    App().add(person)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    for code in codes[:5]:
        prove_code(person, code)
    pages = []
    for code in codes[5:7]:
        sign_in(client, person, code)
        pages.append(client.get(reverse("account_security")).text)
        client.logout()
    assert "codes left" not in pages[0]
    assert "Only 3 recovery codes left" in pages[1]


def test_adding_an_app_shows_codes_and_is_recorded(proved, person):
    app = add_app(proved)
    page = proved.get(reverse("mfa_view_recovery_codes")).text
    assert len(re.findall(r"<code>\d{4} \d{4} \d{4}</code>", page)) == 10
    assert len(proved.get(reverse("mfa_download_recovery_codes")).text.split()) == 10
    assert (events(person)[0], mails()[-1]) == ("factor_added", "factor_added")
    assert "An authenticator app" in proved.get(reverse("account_activity")).text
    assert app.secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_the_code_that_added_the_app_does_not_sign_in(proved, person, client):
    app = add_app(proved)
    proved.logout()
    assert "used before" in sign_in(client, person, app.added_with).text


def test_the_secret_of_an_app_that_is_being_added_is_in_no_session_in_clear(proved, person):
    secret = secret_on(proved.get(reverse("mfa_activate_totp")).text)
    stored = str([row.get_decoded() for row in Session.objects.all()])
    assert "mfa.totp.secret" in stored
    assert secret not in stored


def test_recovery_codes_are_shown_for_ten_minutes(proved, person):
    add_app(proved)
    Authenticator.objects.update(created_at="2026-01-01T00:00:00Z")
    for name in ("mfa_view_recovery_codes", "mfa_download_recovery_codes"):
        assert proved.get(reverse(name)).url == reverse("mfa_generate_recovery_codes")


def test_new_recovery_codes_end_the_old_ones(proved, person, client):
    add_app(proved)
    old = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert "(10 unused)" in proved.get(reverse("mfa_generate_recovery_codes")).text
    proved.post(reverse("mfa_generate_recovery_codes"))
    assert (events(person)[0], mails()[-1]) == ("recovery_codes_made", "recovery_codes_made")
    proved.logout()
    assert "This code or passkey is not right" in sign_in(client, person, old[0]).text


def test_removing_the_last_factor_warns_before_and_after_and_takes_the_codes_along(proved, person):
    add_app(proved)
    address = reverse("mfa_deactivate_totp")
    assert "your last second factor" in proved.get(address).text
    assert "no second factor now" in proved.post(address, follow=True).text
    assert (has_second_factor(person), factors_of(person).codes_left) == (False, None)
    assert (events(person)[0], mails()[-1]) == ("factor_removed", "factor_removed")


CHANGES = ["mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"]  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_changes_ask_for_the_password_first(client, person, name, method):
    App().add(person)
    client.force_login(person)
    answer = getattr(client, method)(reverse(name))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    client.logout()
    assert getattr(client, method)(reverse(name)).url.startswith(reverse("account_login"))


def test_a_proof_is_over_after_five_minutes(proved, person):
    session = proved.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()
    assert proved.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))


def test_an_unconfirmed_address_gets_no_factor(proved, person):
    EmailAddress.objects.update(verified=False)
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        assert proved.get(reverse(name)).url == reverse("account_email")


def test_the_page_opens_when_a_secret_cannot_be_read(proved, person, settings):
    add_app(proved)
    Authenticator.objects.filter(type="totp").update(data={"secret": "gone"})
    Authenticator.objects.filter(type="recovery_codes").update(data={"seed": "gone", "used_mask": 0})
    for name in ("account_security", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        assert proved.get(reverse(name)).status_code == 200
    proved.logout()
    assert "This code or passkey is not right" in sign_in(proved, person, "123456").text


ODD = ["[]", "1", '"x"', "null", "{", "{}", '{"id": 1}', '{"response": 1}', '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}', '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}', '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}', "[" * 3000]  # fmt: skip


@pytest.mark.parametrize("credential", ODD)
def test_odd_passkeys_are_refused(proved, person, credential, settings):
    settings.MFA_RATE_LIMITS = False
    for name in ("mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"):
        proved.get(reverse(name), headers={"Accept": "application/json"})
        assert proved.post(reverse(name), {"name": "x", "credential": credential}).status_code in (200, 302)
    proved.logout()
    App().add(person)
    proved.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    proved.post(reverse("mfa_login_webauthn"), {"credential": credential})
    sign_in(proved, person)
    assert proved.post(reverse("mfa_authenticate"), {"credential": credential}).status_code == 200
    assert proved.get("/home/").status_code == 302


def test_the_page_shows_the_address_as_it_was_typed(client, person):
    person.typed_email = "Owner@Bücher.example"
    person.save()
    client.force_login(person)
    assert "Owner@Bücher.example" in client.get(reverse("account_security")).text


def test_pages_of_factors_mark_where_they_belong(proved):
    page = proved.get(reverse("mfa_activate_totp")).text
    assert f'<a href="{reverse("account_security")}" aria-current="page">' in page
