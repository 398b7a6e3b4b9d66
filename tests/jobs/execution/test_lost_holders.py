"""Jobs that kill their workers fail; jobs whose workers were lost by chance or stopped cleanly do not."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from billing.models import CreditAccount
from jobs.execution import run_claim
from jobs.execution.endings import LISTENERS_LOST_PER_TRY
from jobs.lifecycle import adopt_orphan, cancel_job, free_slot, give_up_leases
from jobs.models import Attempt, Job
from jobs.scheduling.estimate import estimate_waits
from jobs.worker import Suspects, next_claim
from tests.jobs.execution.running import Holder, attempts, eventually, fresh, run_of, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TRIES = settings.CONFIG.job_attempts


def begin_saving(owner, preset):
    """Return the claim of a new job whose picture is finished and not yet stored."""
    rows.submit_one(owner, preset)
    claim = next_claim()
    run_of(claim).start()
    assert free_slot(claim, gpu_seconds=0.1)
    return claim


@pytest.fixture
def saving(cast, slow, node):
    """A job whose picture is finished and not yet stored."""
    return Job.objects.get(pk=begin_saving(cast.owner, slow).job_id)


def lose_holders(job, count):
    """Lose `count` holders in a row, beginning with the present one; return the claim of the next."""
    claims = []
    for _ in range(count):
        rows.expire_lease(job)
        claims.append(adopt_orphan())
    assert [claim.lost_holders for claim in claims] == [*range(1, count + 1)]
    return claims[-1]


def test_a_job_whose_saving_kills_its_workers_is_stopped_and_costs_nothing(saving, node):
    posts = node.posts()
    run_claim(lose_holders(saving, TRIES))
    job, account = fresh(saving), CreditAccount.objects.get(owner=saving.owner)
    assert (job.status, job.error_code, attempts(job)) == ("failed", "unsaved", [("cpu-test", "failed")])
    assert (account.reserved, account.spent, node.posts() - posts) == (0, 0, 1)  # the post of `posts` itself


def test_one_holder_less_was_bad_luck(saving):
    run_claim(lose_holders(saving, TRIES - 1))
    assert (fresh(saving).status, saving.artifacts.count()) == ("completed", 3)


def test_leases_that_were_given_up_are_nobodys_loss(saving):
    for _ in range(TRIES + 1):
        give_up_leases([fresh(saving).token])
        claim = adopt_orphan()
    run_claim(claim)
    assert (claim.lost_holders, fresh(saving).status) == (0, "completed")


def test_who_was_lost_while_listening_is_not_held_against_the_saving(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    run_of(next_claim()).start()
    listener = lose_holders(job, TRIES - 1)
    assert free_slot(listener, gpu_seconds=0.1)
    run_claim(lose_holders(job, 1))
    assert fresh(job).status == "completed"


def test_a_job_that_a_worker_could_not_get_on_with_counts(saving):
    give_up_leases([fresh(saving).token], lost=True)
    assert adopt_orphan().lost_holders == 1


def test_jobs_that_were_handed_over_are_saved_side_by_side(cast, slow, node):
    give_up_leases([begin_saving(cast.owner, slow).token for _ in range(2)])
    suspects = Suspects()
    assert all([suspects.adopt(), suspects.adopt()])


def test_a_process_saves_one_of_those_that_may_have_killed_another_at_a_time(cast, slow, node):
    claims = [begin_saving(cast.owner, slow) for _ in range(2)]
    rows.submit_one(cast.owner, slow)
    listening = next_claim()
    for claim in (*claims, listening):
        rows.expire_lease(Job(pk=claim.job_id))
    suspects = Suspects()
    adopted = [suspects.adopt(), suspects.adopt(), suspects.adopt()]
    assert [claim and claim.job_id for claim in adopted] == [claims[0].job_id, listening.job_id, None]
    suspects.clear(adopted[1])
    assert suspects.adopt() is None
    suspects.clear(adopted[0])
    assert suspects.adopt().job_id == claims[1].job_id


@pytest.mark.parametrize(("spared", "ends"), [(1, ("completed", "")), (0, ("failed", "poison"))])
def test_who_only_listens_may_be_lost_more_often(cast, slow, node, spared, ends):
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 2.0 if spared else 60.0})
    claim = next_claim()
    run = run_of(claim)
    run.link.client.submit(run._render(None), prompt_id=run.prompt_id, client_id="nobody")
    run_claim(lose_holders(job, TRIES * LISTENERS_LOST_PER_TRY - spared))
    assert (fresh(job).status, fresh(job).error_code) == ends
    eventually(lambda: node.queue() == [])


def test_the_progress_of_an_adopted_prompt_is_guessed_from_what_past_runs_took(cast, slow, node):
    """The preset's weights have no unit, so they say nothing about its seconds."""
    for _ in range(2):
        run_to_end(rows.submit_one(cast.owner, slow))
    Attempt.objects.update(gpu_seconds=10_000)
    rows.let_caches_expire()
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 60.0})
    holders = [Holder(next_claim())]
    eventually(lambda: fresh(job).stage == "running")
    Attempt.objects.filter(job=job).update(execution_started_at=timezone.now() - timedelta(seconds=8000))
    rows.expire_lease(job)
    holders.append(Holder(adopt_orphan()))
    eventually(lambda: fresh(job).progress.stage_title == "Still working")
    assert fresh(job).progress.percent == pytest.approx(80, abs=2)
    assert estimate_waits([fresh(job)])[job.id].eta_s == pytest.approx(2000, abs=100)
    cancel_job(job=job)
    for holder in holders:
        eventually(holder.has_ended)
