"""All mails have one look: a plain-text part, an HTML part, no foreign parts, a way out where there is one."""

import re
from email import message_from_bytes
from email.policy import default

import pytest

from accounts.notifications import notify
from accounts.notifications.kind import all_kinds
from accounts.notifications.samples import write_sample
from accounts.notifications.site import SiteRequest

BEACH = {"what": "<b>the beach</b> & more"}
KINDS = [pytest.param(kind, id=kind.name) for kind in all_kinds()]


def parsed(mail):
    return message_from_bytes(mail.message().as_bytes(), policy=default)


def test_a_mail_has_a_text_part_and_an_html_part(owner, urgent, send, mailoutbox):
    notify(urgent, owner, event_id="1", facts=BEACH)
    send()
    mail = parsed(mailoutbox[0])
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "About <b>the beach</b> & more" in mail["Subject"]
    assert "Something about <b>the beach</b> & more at" in text
    assert "&lt;b&gt;the beach&lt;/b&gt; &amp; more" in html
    assert "<b>the beach" not in html


def test_a_line_break_in_a_name_ends_no_header(owner, urgent, send, mailoutbox):
    notify(urgent, owner, event_id="1", facts={"what": "it\r\nBcc: other@example.org"})
    send()
    mail = parsed(mailoutbox[0])
    assert (mail["Subject"], mail["Bcc"]) == ("About it Bcc: other@example.org", None)


def test_a_mail_that_can_be_turned_off_says_how_to_people_and_to_programs(owner, optional, send, mailoutbox):
    notify(optional, owner, event_id="1", facts=BEACH)
    send()
    mail = parsed(mailoutbox[0])
    leave = re.fullmatch(r"<(http://\S+/notifications/unsubscribe/\S+/)>", mail["List-Unsubscribe"].strip())[
        1
    ]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [leave in part.get_content() for part in mail.iter_parts()] == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written(kind, cast, settings):
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"OPTIONS": engine["OPTIONS"] | {"string_if_invalid": "MISSING"}}]
    written = write_sample(kind, cast.owner, SiteRequest("http://testserver"))
    assert written.subject
    assert written.subject == written.subject.strip()
    for part in (written.text, written.html):
        assert "MISSING" not in part
        assert kind.group.why in part
    foreign = re.findall(
        r"(?:src|href|background|url)\s*[=(]\s*['\"]?(?!http://testserver/)[^'\"\s>]+", written.html
    )
    assert foreign == []
    assert re.findall(r"<(img|script|link|iframe|object)\b", written.html) == []
