"""An account is erased: asked for, stopped by a sign-in within the grace, done when it is over."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models import CASCADE, ManyToOneRel
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import registry
from accounts.api_keys import find_by_key
from accounts.erasure import ask_erasure, erase_due, pending_erasure, stop_erasure
from accounts.export import ask_export, make_due_exports
from accounts.models import Erasure, User
from accounts.personal_data import ACCOUNTS
from accounts.registry import PersonalData
from accounts.tokens import find_by_access_token
from billing.ledger import find_drift
from billing.models import CreditAccount, Hold, LedgerEntry
from creator.lib.rate_limits import RateLimit, look, take
from creator.lib.storage.listing import list_objects
from creator.platform.background import NotYet
from creator.platform.models import AuditLine, Delivery
from creator.platform.outbox import hand_on_due
from jobs.models import Attempt, Job, LeftFile, Upload
from jobs.personal_data import JOBS
from jobs.webhooks import KIND
from tests.creator.personal_data.conftest import PASSWORD
from tests.creator.personal_data.traces import traces_in_rows


def traces(person):
    with connection.cursor() as cursor:
        return traces_in_rows(cursor, connection.vendor, person.words)


def objects():
    return {found.key for found in list_objects(default_storage, "")}


def end_grace(user):
    Erasure.objects.filter(user=user).update(due_at=timezone.now() - timedelta(seconds=1))


def erase(person):
    ask_erasure(person.user)
    end_grace(person.user)
    tries = erase_due()
    send_last_mail()
    return tries


def send_last_mail():
    hand_on_due()
    erase_due()


def rows_of_everybody():
    """Every row of every table, but for those that an erasure writes."""
    left_out = {Erasure, AuditLine}
    return {
        (model._meta.label, row.pk): model_to_dict(row)
        for model in apps.get_models()
        if model not in left_out
        for row in model._default_manager.all()
    }


def test_the_search_finds_every_kind_of_trace(ada):
    tables = {table for table, _, _ in traces(ada)}
    assert tables >= {
        "accounts_user",
        "accounts_apikey",
        "account_emailaddress",
        "django_session",
        "usersessions_usersession",
        "mfa_authenticator",
        "socialaccount_socialaccount",
        "jobs_job",
        "jobs_upload",
        "platform_auditline",
        "platform_delivery",
        "platform_idempotencykey",
        "billing_creditaccount",
    }
    assert {word for _, _, word in traces(ada)} == set(ada.words)


def test_after_an_erasure_nothing_of_the_person_is_left(ada):
    assert erase(ada) == 1
    assert traces(ada) == set()
    assert objects() == set()


def test_other_people_keep_every_row_and_file(ada, bob):
    before, files, everybody = traces(bob), objects(), rows_of_everybody()
    erase(ada)
    assert traces(bob) == before
    assert {key for key in files if str(bob.photo.pk) in key or str(bob.done.pk) in key} == objects()
    after = rows_of_everybody()
    changed = {key for key, row in after.items() if everybody.get(key) != row}
    assert {label for label, _ in changed} == {
        "billing.CreditAccount",
        "billing.CreditBucket",
        "billing.Hold",
        "billing.Invoice",
        "billing.LedgerEntry",
        "jobs.LeftFile",
    }
    assert (
        CreditAccount.objects.get(owner=bob.user).available
        == everybody["billing.CreditAccount", CreditAccount.objects.get(owner=bob.user).pk]["available"]
    )


def test_the_ledger_keeps_its_entries_and_sums_and_names_nobody(ada):
    account = CreditAccount.objects.get(owner=ada.user)
    entries = list(LedgerEntry.objects.filter(account=account).order_by("pk").values())
    erase(ada)
    before = account.available
    account.refresh_from_db()
    assert (account.owner, account.available) == (None, before + ada.waiting.price)
    kept = list(LedgerEntry.objects.filter(account=account).order_by("pk").values())
    assert kept[: len(entries)] == entries
    assert [entry["kind"] for entry in kept[len(entries) :]] == ["release"]
    assert find_drift() == []


def test_the_audit_keeps_what_happened_under_a_name_that_leads_nowhere(ada):
    lines = AuditLine.objects.filter(subject=f"user:{ada.user.pk}").count()
    erase(ada)
    erasure = Erasure.objects.get()
    kept = AuditLine.objects.filter(subject=f"erased:{erasure.pk}")
    assert set(kept.values_list("actor", flat=True)) == {None}
    actions = list(kept.order_by("at", "pk").values_list("action", flat=True))
    assert (len(actions) >= lines + 2, actions[-1]) == (True, "account_erased")
    assert kept.get(action="account_erased").details == erasure.counts
    assert (erasure.user, erasure.counts["jobs_photos"], erasure.counts["jobs_jobs"]) == (None, 1, 3)


def test_asking_ends_all_access_at_once_and_deletes_nothing_yet(ada):
    erasure = ask_erasure(ada.user)
    assert ada.browser.get(reverse("home")).status_code == 302
    assert (find_by_key(ada.secret), find_by_access_token(ada.tokens.access)) == (None, None)
    assert timedelta(days=7) - (erasure.due_at - timezone.now()) < timedelta(minutes=1)
    assert erase_due() == 0
    assert (User.objects.filter(pk=ada.user.pk).count(), Job.objects.filter(owner=ada.user).count()) == (1, 3)


def test_asking_twice_does_not_prolong_the_grace(ada):
    first = ask_erasure(ada.user)
    again = ask_erasure(ada.user)
    assert (again.pk, again.due_at, Erasure.objects.count()) == (first.pk, first.due_at, 1)


def test_a_sign_in_within_the_grace_keeps_the_account(ada):
    Authenticator.objects.all().delete()
    ask_erasure(ada.user)
    browser = Client()
    answer = browser.post(
        reverse("account_login"), {"login": ada.user.email, "password": PASSWORD}, follow=True
    )
    assert "Your account was to be deleted; now it stays." in answer.text
    assert pending_erasure(ada.user) is None
    end_grace(ada.user)
    assert erase_due() == 0
    assert Job.objects.filter(owner=ada.user).count() == 3


def test_a_wrong_password_keeps_nothing(ada):
    ask_erasure(ada.user)
    Client().post(reverse("account_login"), {"login": ada.user.email, "password": "wrong"})
    assert pending_erasure(ada.user) is not None


def test_a_sign_in_after_the_grace_is_refused_and_stops_nothing(ada, monkeypatch):
    def fail(user):
        raise OSError

    monkeypatch.setitem(registry._parts, "jobs", PersonalData("jobs", rows=JOBS.rows, erase=(fail,)))
    erase(ada)
    answer = Client().post(reverse("account_login"), {"login": ada.user.email, "password": PASSWORD})
    assert "_auth_user_id" not in answer.client.session
    assert stop_erasure(ada.user) is False
    assert Erasure.objects.get().begun_at is not None


def test_a_failure_is_tried_again_later_and_then_done(ada, monkeypatch):
    real = default_storage.delete
    monkeypatch.setattr(default_storage._wrapped, "delete", lambda key: 1 / 0)
    erase(ada)
    erasure = Erasure.objects.get()
    assert (erasure.failures, erasure.last_error, erasure.erased_at) == (1, "ZeroDivisionError", None)
    assert erasure.due_at > timezone.now()
    monkeypatch.setattr(default_storage._wrapped, "delete", real)
    end_grace(ada.user)
    erase_due()
    send_last_mail()
    assert (traces(ada), objects()) == (set(), set())


@pytest.mark.parametrize("step", range(len(JOBS.erase)))
def test_a_worker_that_dies_after_any_step_leaves_work_that_the_next_one_ends(ada, monkeypatch, step):
    class Died(BaseException):
        """Ends the worker."""

    def die(user):
        raise Died

    steps = (*JOBS.erase[: step + 1], die)
    monkeypatch.setitem(registry._parts, "jobs", PersonalData("jobs", rows=JOBS.rows, erase=steps))
    with pytest.raises(Died):
        erase(ada)
    monkeypatch.setitem(registry._parts, "jobs", JOBS)
    assert erase_due() == 0  # the dead worker's lease
    end_grace(ada.user)
    erase_due()
    send_last_mail()
    assert (traces(ada), objects()) == (set(), set())


def test_it_waits_for_what_has_to_end_first(ada, monkeypatch):
    def wait(user):
        raise NotYet("a job is being stopped")

    monkeypatch.setitem(registry._parts, "jobs", PersonalData("jobs", rows=JOBS.rows, erase=(wait,)))
    erase(ada)
    erasure = Erasure.objects.get()
    assert (erasure.failures, erasure.erased_at, erasure.token) == (0, None, None)


def test_what_a_request_adds_meanwhile_is_erased_too(ada, monkeypatch):
    from tests.creator.personal_data.conftest import make_photo

    late = []

    def add_once(user):
        if not late:
            late.append(make_photo(user, "late portrait of ada.jpg"))
        return {}

    part = PersonalData("jobs", rows=JOBS.rows, erase=(*JOBS.erase, add_once), is_left=JOBS.is_left)
    monkeypatch.setitem(registry._parts, "jobs", part)
    erase(ada)
    erase_due()
    send_last_mail()
    assert (traces(ada), objects(), Upload.objects.count()) == (set(), set(), 0)


@pytest.mark.parametrize("left_out", [None, *JOBS.erase, *ACCOUNTS.erase])
def test_mutant_without_one_of_the_steps_it_is_noticed(ada, monkeypatch, left_out):
    for part in (JOBS, ACCOUNTS):
        steps = [step for step in part.erase if step is not left_out]
        mutant = replace(part, erase=steps, is_left=lambda _: False)
        monkeypatch.setitem(registry._parts, part.name, mutant)
    counted = leave_more(ada.user)
    erase(ada)
    hold = Hold.objects.get(reference=f"job:{ada.waiting.pk}")
    to_send = Delivery.objects.filter(kind=KIND).count()
    found = (traces(ada), objects(), hold.state, LeftFile.objects.count(), look(counted).remaining, to_send)
    assert (found == (set(), set(), "released", 2, counted.most, 0)) is (left_out is None)


def leave_more(user):
    """An export with its file, a session that no page lists, and the count of a limit, which is returned."""
    ask_export(user)
    make_due_exports()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session.save()
    counted = RateLimit("uploads", str(user.pk), most=5)
    assert take(counted)
    return counted


def test_files_on_a_node_that_is_away_are_noted_and_counted_in_the_last_mail(ada, bob):
    mail.outbox.clear()
    erase(ada)
    noted = LeftFile.objects.order_by("type").values_list("type", "subfolder", "filename")
    assert list(noted) == [
        ("output", f"jobs/{ada.done.pk}/1", "out_00001_.png"),
        ("temp", "", "preview.png"),
    ]
    assert "2 files could not be deleted yet" in mail.outbox[-1].body
    assert Attempt.objects.get().job == bob.done


def test_every_row_that_belongs_to_a_person_goes_with_it():
    """A new table of people's rows must not outlive them, whether or not an app has thought of it."""
    kept = {
        f"{field.model._meta.label}.{field.name}"
        for related in User._meta.get_fields(include_hidden=True)
        if isinstance(related, ManyToOneRel) and related.on_delete is not CASCADE
        for field in [related.field]
    }
    assert kept == {"billing.CreditAccount.owner", "platform.AuditLine.actor", "accounts.Erasure.user"}


def subjects_to(address):
    return [message.subject for message in mail.outbox if message.to == [address]]


def test_the_person_is_told_when_it_is_scheduled_and_when_it_is_done(ada):
    mail.outbox.clear()
    ask_erasure(ada.user)
    hand_on_due()
    assert "Your account will be deleted" in subjects_to(ada.user.email)
    end_grace(ada.user)
    erase_due()
    assert {table for table, _, _ in traces(ada)} == {"platform_delivery"}
    send_last_mail()
    assert subjects_to(ada.user.email)[-1] == "Your account was deleted"
    assert traces(ada) == set()


def test_the_address_is_forgotten_too_when_no_mail_server_takes_it(ada, monkeypatch):
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda *_: 1 / 0)
    erase(ada)
    assert {table for table, _, _ in traces(ada)} == {"platform_delivery"}
    Delivery.objects.update(
        created_at=timezone.now() - timedelta(days=4), due_at=timezone.now() - timedelta(seconds=1)
    )
    send_last_mail()
    assert (traces(ada), Erasure.objects.get().last_mail) == (set(), None)


def test_the_person_is_told_when_a_sign_in_stops_it(ada):
    mail.outbox.clear()
    ask_erasure(ada.user)
    assert stop_erasure(ada.user)
    hand_on_due()
    assert subjects_to(ada.user.email)[-1] == "Your account stays"
