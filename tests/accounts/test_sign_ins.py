"""What people are told of sign-ins: of a new device, of failures in a row, once; and what the audit keeps."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import devices
from accounts.audit import lines_of
from accounts.models import FailedSignIns, KnownDevice, User
from accounts.sign_ins import IN_A_ROW, RECORDED_EVERY, sign_in_failed, signed_in
from creator.platform.models import Delivery
from tests.jobs.lifecycle.threads import together

PASSWORD = "correct horse battery"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.fixture
def owner(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    return cast.owner


def sign_in(browser: Client, *, password: str = PASSWORD, agent: str = CHROME, address: str = "192.0.2.1"):
    form = {"login": "owner@example.org", "password": password}
    headers = {"User-Agent": agent, "Accept": "text/html"}
    return browser.post(reverse("account_login"), form, headers=headers, REMOTE_ADDR=address)


def told(kind: str) -> list[dict]:
    """The facts of each mail of this kind in the outbox."""
    return [
        each.payload["facts"]
        for each in Delivery.objects.order_by("pk")
        if each.payload.get("kind") == kind and each.destination == "owner@example.org"
    ]


def test_the_first_device_brings_no_mail_and_a_second_one_does(owner):
    sign_in(Client())
    assert told("new_sign_in") == []
    sign_in(Client(), agent=FIREFOX, address="192.0.2.7")
    (facts,) = told("new_sign_in")
    assert (facts["device"], facts["address"]) == ("Firefox on Linux", "192.0.2.7")


def test_the_time_of_the_last_sign_in_is_kept(owner):
    for password, is_kept in (("wrong", False), (PASSWORD, True)):
        sign_in(Client(), password=password)
        owner.refresh_from_db()
        assert (owner.last_login is not None) is is_kept


def test_a_device_is_known_by_its_cookie_wherever_it_is(owner):
    browser = Client()
    sign_in(Client())
    sign_in(browser, agent=FIREFOX)
    browser.post(reverse("account_logout"))
    sign_in(browser, agent=FIREFOX.replace("133", "134"), address="198.51.100.9")
    assert len(told("new_sign_in")) == 1
    device = KnownDevice.objects.get(label="Firefox on Linux")
    assert (device.address, KnownDevice.objects.count()) == ("198.51.100.9", 2)


def test_the_cookie_is_out_of_reach_for_scripts_and_no_copy_of_it_is_stored(owner, settings):
    browser = Client()
    cookie = sign_in(browser).cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 400 * 24 * 3600)
    secret = cookie.value.partition(":")[0]
    assert secret not in str(KnownDevice.objects.values_list().get())


@pytest.mark.parametrize("forged", ["made-up", "made-up:1:signature", ""])
def test_a_forged_cookie_is_a_new_device(owner, forged):
    sign_in(Client())
    browser = Client()
    browser.cookies["device"] = forged
    sign_in(browser)
    assert len(told("new_sign_in")) == 1


def test_a_device_that_is_known_to_another_person_is_new(owner, cast):
    cast.other.set_password(PASSWORD)
    cast.other.save()
    browser = Client()
    for email in ("other@example.org", "owner@example.org"):
        browser.post(reverse("account_login"), {"login": email, "password": PASSWORD})
        browser.post(reverse("account_logout"))
    assert [each.devices.count() for each in (owner, cast.other)] == [1, 1]
    assert KnownDevice.objects.values("digest").distinct().count() == 1  # one browser


def test_a_program_is_known_by_what_it_calls_itself_and_its_network(owner, rf):
    def ask(agent: str, address: str):
        return rf.post("/api/v1/auth/login", headers={"User-Agent": agent}, REMOTE_ADDR=address)

    signed_in(owner, ask("sync/1", "2001:db8::1"))
    signed_in(owner, ask("sync/1", "2001:db8::2"))
    assert told("new_sign_in") == []
    signed_in(owner, ask("sync/1", "2001:db8:0:1::1"))
    signed_in(owner, ask("other/1", "2001:db8::1"))
    assert len(told("new_sign_in")) == 2


def test_only_the_last_devices_are_kept(owner, rf, monkeypatch):
    monkeypatch.setattr(devices, "MOST", 3)
    for number in range(6):
        signed_in(owner, rf.post("/", headers={"User-Agent": f"program {number}"}))
    assert KnownDevice.objects.count() == 3


def test_five_failures_in_a_row_bring_one_mail_and_the_page_says_nothing(owner):
    pages = [sign_in(Client(), password="wrong", address=f"192.0.2.{n}").text for n in range(IN_A_ROW)]
    (facts,) = told("sign_in_failures")
    assert (facts["count"], facts["address"], facts["device"]) == (5, "192.0.2.4", "Chrome on Windows")
    assert len({re.sub(r'value="\w{64}"', "", page) for page in pages}) == 1  # CSRF tokens differ


def test_a_success_begins_the_count_anew(owner, rf):
    for _ in range(IN_A_ROW - 1):
        sign_in_failed(owner, rf.post("/"))
    sign_in(Client())
    for _ in range(IN_A_ROW - 1):
        sign_in_failed(owner, rf.post("/"))
    assert told("sign_in_failures") == []
    sign_in_failed(owner, rf.post("/"))
    assert len(told("sign_in_failures")) == 1


def test_a_long_attack_brings_one_mail_a_day_and_few_audit_lines(owner, rf):
    for _ in range(3 * IN_A_ROW):
        sign_in_failed(owner, rf.post("/"))
    assert len(told("sign_in_failures")) == 1
    FailedSignIns.objects.update(told_at=timezone.now() - timedelta(days=1), in_a_row=RECORDED_EVERY - 1)
    sign_in_failed(owner, rf.post("/"))
    assert [facts["count"] for facts in told("sign_in_failures")] == [5, RECORDED_EVERY]
    failures = [line.details["in_a_row"] for line in lines_of(owner).filter(action="sign_in_failed")]
    assert sorted(failures) == [1, 2, 3, 4, 5, RECORDED_EVERY]


def test_failures_for_an_unknown_address_leave_nothing(owner):
    for _ in range(IN_A_ROW):
        Client().post(reverse("account_login"), {"login": "nobody@example.org", "password": "wrong"})
    assert (FailedSignIns.objects.count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_parallel_failures_are_all_counted_and_told_once(rf):
    owner = User.objects.create_user("owner@example.org", PASSWORD)
    together(*[lambda: sign_in_failed(owner, rf.post("/"))] * 12)
    assert FailedSignIns.objects.get().in_a_row == 12
    assert len(told("sign_in_failures")) == 1


def test_sign_ins_are_recorded_with_device_and_address(owner):
    sign_in(Client(), address="192.0.2.5")
    (line,) = lines_of(owner).filter(action="signed_in")
    assert line.details == {"device": "Chrome on Windows", "address": "192.0.2.5"}


def test_nobody_can_lock_a_person_out_of_a_device_they_use(owner):
    """An attacker who knows the address uses up its tries from many addresses, and from the person's own."""
    browser = Client()
    sign_in(browser)
    browser.post(reverse("account_logout"))
    attacks = [sign_in(Client(), password="wrong", address=f"192.0.2.{n % 9}").status_code for n in range(40)]
    assert attacks.count(429) >= 35
    assert sign_in(Client(), address="203.0.113.5").status_code == 429  # the right password from a new device
    assert sign_in(browser, password="wrong").status_code == 200
    assert sign_in(browser)["Location"] == "/home/"


def test_a_known_device_has_no_more_tries_than_anybody(owner):
    browser = Client()
    sign_in(browser)
    browser.post(reverse("account_logout"))
    spellings = ("owner@example.org", "OWNER@example.org", " owner@Example.org")
    statuses = [
        browser.post(
            reverse("account_login"),
            {"login": spellings[n % 3], "password": "wrong"},
            headers={"Accept": "text/html"},
        ).status_code
        for n in range(12)
    ]
    assert statuses == [200] * 5 + [429] * 7


def test_a_device_of_one_person_gives_no_tries_at_another(owner, cast):
    browser = Client()
    sign_in(browser)
    browser.post(reverse("account_logout"))
    form = {"login": "other@example.org", "password": "wrong"}
    for n in range(5):
        Client().post(reverse("account_login"), form, REMOTE_ADDR=f"192.0.2.{n}")
    answer = browser.post(
        reverse("account_login"), form, headers={"Accept": "text/html"}, REMOTE_ADDR="192.0.2.9"
    )
    assert answer.status_code == 429
