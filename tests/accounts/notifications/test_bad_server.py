"""A mail server that refuses every third mail and dies twice gets each notification once. `make chaos` has 500.

A twin of `notify` without a dedupe key tells twice what is reported twice, and the same count finds it.
"""

from collections import Counter
from email import message_from_bytes
from email.policy import default

import pytest

from accounts.notifications import notify
from benchmarks import mail_sink
from benchmarks.mail_sink import MailSink, Mood
from benchmarks.mutants import MUTANTS
from creator.platform.models import Delivery

EVENTS = 12


@pytest.fixture
def sink(settings, monkeypatch):
    monkeypatch.setattr(mail_sink, "TAKES_S", 0.0)
    server = MailSink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.close()


def report_twice(owner, urgent, digested):
    for number in range(EVENTS):
        for _ in range(2):
            kind = urgent if number % 2 else digested
            notify(kind, owner, event_id=str(number), facts={"what": f"event-{number}-"})


def send_all(sink, send):
    for mood in (Mood.PICKY, Mood.REFUSES, Mood.PICKY, Mood.REFUSES, Mood.PICKY):
        sink.become(mood)
        send()
    while Delivery.objects.filter(done_at=None).exists():
        send()


def times_told(sink):
    texts = [
        message_from_bytes(content, policy=default).get_body(("plain",)).get_content()
        for content in sink.contents.values()
    ]
    return Counter({number: sum(f"event-{number}-" in text for text in texts) for number in range(EVENTS)})


def test_each_notification_is_told_once(owner, urgent, digested, sink, send):
    report_twice(owner, urgent, digested)
    send_all(sink, send)
    assert times_told(sink) == dict.fromkeys(range(EVENTS), 1)
    assert len(sink.contents) == EVENTS // 2 + 1  # those that can wait are told in one mail
    assert sink.refused > 0


def test_the_twin_without_a_dedupe_key_tells_twice(owner, urgent, digested, sink, send, monkeypatch):
    from accounts.notifications import notifying

    monkeypatch.setattr(notifying, "add_delivery", notifying.add_delivery)  # puts it back afterwards
    MUTANTS["no_dedupe_key"]()
    report_twice(owner, urgent, digested)
    send_all(sink, send)
    assert [count for _, count in sorted(times_told(sink).items())] == [1, 2] * (EVENTS // 2)
