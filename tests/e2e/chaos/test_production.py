"""Short forms of `make chaos` on the production profile: six kinds of fault, a broker outage, failing mail, an
account that is erased under load.

Each test kills its servers, so it starts its own instead of sharing those of other tests.
"""

from __future__ import annotations

import pytest

from tests.e2e.chaos.playing import play

MUST_BE_ZERO = (
    "lost",
    "duplicated",
    "double_settled",
    "drift",
    "unfinished",
    "mixed_up",
    "leaked_slots",
    "late_writes_accepted",
)

OF_THE_FOLDER = (
    "lost",
    "duplicated",
    "unfinished",
    "jobs_wrong",
    "charged_wrong",
    "notes_wrong",
    "touched",
    "unknown",
)

pytestmark = [pytest.mark.chaos, pytest.mark.services]


def test_six_faults_lose_double_and_mix_up_nothing(tmp_path):
    options = ("--short", "--jobs", "30", "--fed", "16", "--seed", "5", "--patient")

    figures = play("chaos", *options, out=tmp_path / "chaos.json")

    assert {name: figures[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0)
    assert sum(figures["faults"].values()) == len(figures["faults"]) == 6
    assert {name: figures["folder"][name] for name in OF_THE_FOLDER} == dict.fromkeys(OF_THE_FOLDER, 0)
    assert figures["folder"]["results"] > 0


def test_jobs_are_taken_without_a_broker_and_done_after_it(tmp_path):
    figures = play("broker_away", "--jobs", "8", "--seconds", "8", "--patient", out=tmp_path / "chaos.json")

    assert (figures["first_answers"], figures["ends"]) == ({"202": 8}, {"completed": 9})


def test_mails_arrive_through_a_mail_server_that_fails_and_workers_that_die(tmp_path):
    figures = play("outbox", "--mails", "40", "--kills", "2", out=tmp_path / "chaos.json")

    zero = ("lost", "unfinished", "repeated_after_done", "overlapping", "dead")
    assert {name: figures[name] for name in zero} == dict.fromkeys(zero, 0)
    assert figures["arrived"] == 40


def test_an_account_is_erased_under_load_and_others_notice_nothing(tmp_path):
    figures = play("erasure", out=tmp_path / "chaos.json")

    zero = ("left_in_rows", "left_in_bucket", "left_in_redis", "left_on_nodes", "search_blind", "still_open")
    assert {name: figures[name] for name in zero} == dict.fromkeys(zero, 0)
    kept = ("ledger_changed", "drift", "changed_of_others", "lost", "mails_missing")
    assert {name: figures[name] for name in kept} == dict.fromkeys(kept, 0)
    assert figures["running_at_the_end_of_the_grace"] > 0
