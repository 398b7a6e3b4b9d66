"""A person who has used everything that stores something about people."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import make_api_key
from accounts.audit import record
from accounts.enums import SecurityEvent
from accounts.models import Invitation, User
from accounts.notifications import notify
from accounts.notifications.kinds import KEY_REVOKED
from accounts.tokens import issue
from billing.models import Customer, Invoice, KeyCap, StripeRequest, Subscription
from creator.demo import endow
from creator.platform.audit import write_audit_line
from creator.platform.idempotency import Answer, do_once
from creator.platform.outbox import add_delivery, hand_on_due
from drive.models import Channel, Connection, FoundFile, Picture, WatchedFolder, WrittenFile
from jobs.models import Artifact, Attempt, JobLabel, Node, Preset, Upload, WebhookTry
from jobs.webhooks import add_webhook, ping
from tests.jobs.lifecycle import rows

PASSWORD = "a long enough sentence"
KINDS = ("result", "preview", "thumbnail")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A storage for this test alone."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": options}
    return tmp_path


@pytest.fixture
def ada(db):
    return live("ada")


@pytest.fixture
def bob(db):
    return live("bob")


def live(name):
    """A person with photos, jobs, keys, sessions, second factors, mails, audit lines and credits."""
    email = f"{name}.lovelace@example.org"
    user = User.objects.create_user(email, PASSWORD, name=f"{name.title()} Lovelace")
    endow(user)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    EmailAddress.objects.create(user=user, email=f"{name}.byron@example.org", verified=True)
    Invitation.objects.create(email=f"{name}.byron@example.org")
    browser = Client(headers={"User-Agent": f"{name.title()}Browser/1.0"})
    browser.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    assert "_auth_user_id" in browser.session
    Authenticator.objects.create(user=user, type="totp", data={"secret": f"totp-of-{name}"})
    SocialAccount.objects.create(user=user, provider="google", uid=f"google-{name}-1815")
    tokens = issue(user, device=f"Program of {name}", address="192.0.2.78")
    key, secret = make_api_key(owner=user, name=f"script of {name}")
    KeyCap.objects.create(key=key, credits=500, period_number=1)
    make_purchase(user.credit_account, name)
    photo = make_photo(user, f"Portrait of {name}.jpg")
    offered = rows.slow_preset()
    done, failed = (rows.submit_one(user, offered) for _ in range(2))
    JobLabel.objects.create(job=done, key="client", value=f"label of {name}")
    rows.put_into(done, "completed")
    rows.put_into(failed, "failed")
    make_results(done)
    make_attempt(done)
    waiting = rows.submit_one(user, offered)
    for event in (SecurityEvent.SIGNED_IN, SecurityEvent.KEY_MADE):
        record(event, user, address="192.0.2.77", device=f"{name.title()}Browser")
    write_audit_line("user_limited", "plan:free", {"user": str(user.pk)})
    facts = {"name": f"script of {name}", "prefix": key.prefix}
    notify(KEY_REVOKED, user, event_id=f"1-{name}", facts=facts, to=email.upper())
    notify(KEY_REVOKED, user, event_id=f"2-{name}", facts=facts, to="elsewhere@example.org")
    hand_on_due()
    add_delivery(
        kind="later", destination=email, event_id=name, payload={"user_id": str(user.pk)}, wait_s=600
    )
    make_webhook(user, name)
    make_watched_folder(user, name)
    do_once(owner_id=user.pk, key=f"key-{name}", body_hash="0", work=lambda: Answer(200, {}, email.encode()))
    words = [str(user.pk), email, f"{name}.byron", f"{name} lovelace", key.digest, f"google-{name}"]
    words += [f"portrait of {name}", f"totp-of-{name}", f"{name}browser", f"script of {name}", f"key-{name}"]
    words += [f"program of {name}", f"page-of-{name}", f"label of {name}"]
    words += [f"drive-of-{name}", f"inbox-of-{name}"]
    words += [f"hook-of-{name}", f"receiver of {name}", f"answer to {name}"]
    return SimpleNamespace(
        user=user,
        browser=browser,
        key=key,
        secret=secret,
        tokens=tokens,
        photo=photo,
        done=done,
        failed=failed,
        waiting=waiting,
        words=words,
    )


def make_webhook(user, name):
    """A webhook with a message that waits for its second try."""
    hook = f"https://hooks.example.org/hook-of-{name}"
    webhook, _ = add_webhook(
        owner=user, url=hook, events=["job.cancelled"], description=f"Receiver of {name}"
    )
    message = ping(webhook)
    WebhookTry.objects.create(message=message, headers={}, answer=f"answer to {name}", seconds=0.1)


def make_watched_folder(user, name):
    """One in a drive, with a file that was found and a note that was written."""
    connection = Connection.objects.create(
        owner=user, kind="google", account=f"drive-of-{name}", label=user.email
    )
    Channel.objects.create(connection=connection, token_sha256="0" * 64, expires_at=timezone.now())
    folder = WatchedFolder.objects.create(
        connection=connection, owner=user, input_name=f"inbox-of-{name}", preset=Preset.objects.first()
    )
    picture = Picture.objects.create(folder=folder, sha256="0" * 64, settings="0" * 64, name="a.jpg")
    found = FoundFile.objects.create(
        folder=folder, source_id="a", version="1", key=name, name="a.jpg", size=1, picture=picture
    )
    WrittenFile.objects.create(folder=folder, event="note", purpose="note", file=found, name="a.txt")


def make_purchase(account, name):
    """A subscription in Stripe's test mode, for which there is no key, and its invoice with Stripe's page of it."""
    now = timezone.now()
    customer = Customer.objects.create(account=account, customer_id=f"cus_{account.pk}", is_live=False)
    StripeRequest.objects.create(account=account, kind="subscribe", is_live=False, plan=account.plan)
    Subscription.objects.create(
        customer=customer,
        subscription_id=f"sub_{account.pk}",
        plan=account.plan,
        status="active",
        period_starts_at=now,
        period_ends_at=now + timedelta(days=30),
        asked_at=now,
    )
    Invoice.objects.create(
        customer=customer,
        invoice_id=f"in_{account.pk}",
        status="paid",
        total_cents=1900,
        currency="eur",
        hosted_url=f"https://invoice.stripe.com/page-of-{name}",
        created_at=now,
        asked_at=now,
    )


def make_photo(user, name):
    photo = uuid.uuid4()
    keys = {part: store(f"uploads/{photo}/{part}") for part in ("photo", "preview", "thumbnail")}
    fields = {"key": keys["photo"], "preview_key": keys["preview"], "thumbnail_key": keys["thumbnail"]}
    return Upload.objects.create(
        id=photo,
        owner=user,
        name=name,
        sha256="0" * 64,
        size=10,
        width=4,
        height=3,
        source_format="JPEG",
        **fields,
    )


def make_attempt(job):
    """The job's attempt, whose preview and result are still on a node that does not answer."""
    node = Node.objects.filter(name="away").first() or rows.make_node("away", failures=1)
    times = dict.fromkeys(("execution_started_at", "node_done_at", "ended_at"), timezone.now())
    fields = {"number": 1, "slot": 0, "outcome": "completed", "previews": ["preview.png"]}
    Attempt.objects.create(job=job, node=node, **fields, **times)


def make_results(job):
    for kind in KINDS:
        key = store(f"results/{job.id}/{uuid.uuid4()}/{kind}.png")
        fields = {"content_type": "image/png", "sha256": "0" * 64, "size": 10, "width": 4, "height": 3}
        Artifact.objects.create(job=job, kind=kind, key=key, **fields)


def store(key):
    return default_storage.save(key, ContentFile(f"content of {key}".encode()))
