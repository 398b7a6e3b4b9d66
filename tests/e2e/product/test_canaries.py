"""No secret of a person lies anywhere in clear: not in logs at DEBUG, error pages, tables, sessions, mails kept, Redis.

A person signs up, confirms, resets and changes the password, adds an authenticator app, makes a key, signs a program
in, starts a job and meets a bug at each of it. Then every place that the product writes to is searched.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.message import Message

import httpx2
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.e2e.degradation.mailbox import Mailbox
from tests.e2e.product.canaries import Canaries, places_of
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.services.process import wait_until

EMAIL = "canary@example.org"
PROMPT = "a heron in the reeds of canary-prompt-7431"
PROMPT_IN = {"jobs_job.parameters", "jobs_batch.parameters"}
"""A prompt is what a person asked for: they see it, repeat it and export it. So the rows of their jobs hold it."""


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.kill()


@pytest.fixture(scope="module")
def site(services, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {
        "LOG_LEVEL": "DEBUG",
        "EMAIL_URL": mailbox.url,
        "REDIS_URL": services["REDIS_URL"],
        "DJANGO_SETTINGS_MODULE": "tests.e2e.product.breaking",
    }
    with serving(tmp_path_factory.mktemp("canaries"), nodes=1, **settings) as served:
        yield served


class Person:
    """A browser with canaries. Each form is sent twice, first to meet the bug."""

    def __init__(self, site: Product, mailbox: Mailbox) -> None:
        self.http = httpx2.Client(
            base_url=site.url, trust_env=False, timeout=120, headers={"Accept": "text/html"}
        )
        self.mailbox, self.canaries = mailbox, Canaries()
        self.pages: list[bytes] = []

    def post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        self.http.get(path)
        sent = form | {"csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        self._break("POST", path, data=sent)
        return self.http.post(path, data=sent)

    def call(self, path: str, body: dict[str, object], **headers: str) -> httpx2.Response:
        self._break("POST", path, json=body, headers=headers)
        return self.http.post(path, json=body, headers=headers)

    def link_of(self, subject: str) -> str:
        """The path of the link in the newest mail whose subject has these words."""

        def link() -> str:
            mails = [each for each in self.mailbox.mails if subject in str(each["Subject"])]
            found = re.findall(r"https?://[^/\s]+(/accounts/\S+)", _text_of(mails[-1])) if mails else []
            return found[0] if found else ""

        return wait_until(link, f"no mail with {subject!r}", PATIENCE_S)

    def _break(self, method: str, path: str, **sent: object) -> None:
        headers = {**sent.pop("headers", {}), "X-Break": "1"}  # type: ignore[dict-item]
        broken = self.http.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]
        assert broken.status_code == 500, broken.status_code
        self.pages.append(broken.content)


def _text_of(mail: Message) -> str:
    part = next(each for each in mail.walk() if each.get_content_type() == "text/plain")
    return part.get_payload(decode=True).decode()  # type: ignore[union-attr]


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


KEY_SCOPES = ["jobs:read", "jobs:write", "account:write", "webhooks:write"]


@pytest.fixture(scope="module")
def person(site: Product, mailbox: Mailbox) -> Person:
    """Has done all that a person can do with secrets."""
    someone = Person(site, mailbox)
    put, post = someone.canaries.put, someone.post
    first, second, third = (put(f"password {n}", f"Canary-pass-{n}-wvqz7431") for n in (1, 2, 3))
    answer = post("/accounts/signup/", {"email": EMAIL, "password1": first, "password2": first})
    assert answer.status_code == 302, answer.text
    confirm = someone.link_of("Confirm")
    put("confirm link", confirm.rstrip("/").rpartition("/")[2])
    post(confirm, {})
    site.endow(EMAIL)

    post("/accounts/logout/", {})
    post("/accounts/password/reset/", {"email": EMAIL})
    reset = someone.link_of("Choose a new password")
    put("reset link", reset.rstrip("/").rpartition("-")[2])
    someone.http.get(reset)
    form = someone.http.get(reset).headers["Location"]
    post(form, {"password1": second, "password2": second})
    post("/accounts/login/", {"login": EMAIL, "password": put("wrong password", "Canary-wrong-wvqz7431")})
    assert post("/accounts/login/", {"login": EMAIL, "password": second}).status_code == 302
    post("/accounts/password/change/", {"oldpassword": second, "password1": third, "password2": third})
    post("/accounts/reauthenticate/", {"password": third})

    page = someone.http.get("/accounts/factors/app/add/").text
    secret = put("TOTP secret", re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""))
    post("/accounts/factors/app/add/", {"code": code_of(secret)})
    codes = someone.http.get("/accounts/factors/codes/").text
    for number, code in enumerate(re.findall(r"<code>([^<]+)</code>", codes)):
        put(f"recovery code {number}", code.replace(" ", ""))

    page = post(
        "/account/keys/new/",
        {"name": "n", "scopes": KEY_SCOPES, "lasting": "30"},
    ).text
    key = put("API key", re.search(r"creator_\w{8}_\w{49}", page)[0])
    more = {"name": "m", "scopes": ["jobs:read"]}
    answer = someone.call("/api/v1/keys", more, **{"X-API-Key": key, "Idempotency-Key": "canary-1"})
    put("API key made by a program", answer.json()["secret"])

    hook = {"url": "https://hooks.example.org/", "events": ["job.queued"]}
    shown = someone.http.get(post("/account/webhooks/new/", hook).headers["Location"]).text
    put("webhook secret", re.search(r"whsec_[\w+/]+=", shown)[0])
    answer = someone.call("/api/v1/webhooks", hook, **{"X-API-Key": key, "Idempotency-Key": "canary-2"})
    put("webhook secret made by a program", answer.json()["secret"])

    answer = someone.call("/api/v1/auth/login", {"email": EMAIL, "password": third})
    put("login token", answer.json()["error"]["details"]["login_token"])
    recovery = someone.canaries.secrets["recovery code 0"]
    tokens = someone.call("/api/v1/auth/login", {"email": EMAIL, "password": third, "code": recovery}).json()
    put("access token", tokens["access_token"])
    put("refresh token", tokens["refresh_token"])
    newer = someone.call("/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json()
    put("second access token", newer["access_token"])
    put("second refresh token", newer["refresh_token"])

    put("prompt", PROMPT)
    someone.call(
        "/api/v1/jobs", {"preset": "text_to_image", "parameters": {"prompt": PROMPT}}, **{"X-API-Key": key}
    )
    put("device", someone.http.cookies["device"].strip('"').partition(":")[0])
    unsubscribe = site.manage("shell", "--no-imports", "-c", UNSUBSCRIBE).strip()
    put("unsubscribe link", unsubscribe.rstrip("/").rpartition("/")[2])
    post(unsubscribe, {})
    return someone


UNSUBSCRIBE = f"""
from accounts.models import User
from accounts.notifications.kind import all_kinds
from accounts.notifications.unsubscribing import unsubscribe_path
print(unsubscribe_path(User.objects.get(email={EMAIL!r}), [kind for kind in all_kinds() if kind.optional][:1]))
"""


def test_no_canary_lies_anywhere_in_clear(site, person, services):
    found = person.canaries.found(places_of(site, services["REDIS_URL"]))
    in_files = {
        (name, place) for name, place in found if name == "prompt" and place.startswith("creator.sqlite3")
    }
    prompts = {("prompt", place) for place in PROMPT_IN}
    assert found - prompts - in_files == set()
    assert len(person.canaries.secrets) > 20


def test_no_error_page_shows_one(person):
    assert person.canaries.found(("error page", page) for page in person.pages) == set()
    assert len(person.pages) > 12


def test_a_bug_is_in_the_log_with_its_place_and_without_values(site, person):
    log = site.log.read_text()
    assert "RuntimeError: a bug with" in log
    assert "breaking_middleware.py" in log


def test_planted_canaries_are_found(site, person, services):
    """So the search could fail."""
    planted = Canaries()
    planted.put("in the log", "planted-in-the-log-7431")
    planted.put("in a session", "planted-in-a-session-7431")
    planted.put("in a row", "planted-in-a-row-7431")
    planted.put("in Redis", "planted-in-redis-7431")
    site.manage("shell", "--no-imports", "-c", PLANT)
    with site.log.open("a") as log:
        log.write("planted-in-the-log-7431\n")
    found = {name for name, _ in planted.found(places_of(site, services["REDIS_URL"]))}
    assert found == set(planted.secrets)


PLANT = """
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from creator.platform.audit import write_audit_line
session = SessionStore(); session["x"] = "planted-in-a-session-7431"; session.save()
write_audit_line("planted", "x", {"x": "planted-in-a-row-7431"})
cache.set("planted", "planted-in-redis-7431")
"""
