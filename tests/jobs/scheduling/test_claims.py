from collections import Counter

import pytest
from django.utils import timezone

from jobs.lifecycle import finish_job
from jobs.models import Attempt, Job, Node, UserQueue
from jobs.scheduling import claim_next, claims, read_wishes
from jobs.scheduling.claims import claim_wish
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together
from tests.jobs.scheduling.test_wishes import fill

pytestmark = pytest.mark.django_db(transaction=True)


def submit(owner, preset, count):
    jobs = [rows.submit_one(owner, preset) for _ in range(count)]
    UserQueue.objects.update(limit=50, share=1)
    return jobs


def test_claims_the_best_that_fits_until_nothing_does(cast, slow, node):
    jobs = submit(cast.owner, slow, 3)
    claims = [claim_next() for _ in range(3)]
    assert [claim and claim.job_id for claim in claims] == [jobs[0].id, jobs[1].id, None]


def test_many_threads_fill_every_slot_and_each_claims_another(cast, slow):
    for number in range(3):
        rows.make_node(f"n{number}", slots=4)
    submit(cast.owner, slow, 20)
    claims = together(*[claim_next] * 8)
    assert len({claim.job_id for claim in claims}) == 8
    assert Attempt.objects.filter(node_done_at__isnull=True).count() == 8


def test_threads_of_one_process_do_not_try_for_the_same(cast, slow, monkeypatch):
    rows.make_node(slots=6)
    submit(cast.owner, slow, 12)
    tried = Counter()

    def count(wish):
        tried[wish.head.job_id] += 1
        return claim_wish(wish)

    monkeypatch.setattr(claims, "claim_wish", count)
    assert all(together(*[claim_next] * 4))
    assert set(tried.values()) == {1}


def test_a_wish_that_another_process_got_first_is_followed_by_another(cast, slow, monkeypatch):
    rows.make_node(slots=6)
    jobs = submit(cast.owner, slow, 6)
    seen = claims.read_wishes

    def after_another_process():
        wishes = list(seen())
        monkeypatch.setattr(claims, "read_wishes", seen)
        assert claim_wish(next(read_wishes()))
        yield from wishes

    monkeypatch.setattr(claims, "read_wishes", after_another_process)
    claim = claim_next()
    assert claim.job_id in {job.id for job in jobs[1:]}
    assert Attempt.objects.count() == 2


def test_what_is_passed_over_after_a_loss_is_tried_in_the_end(cast, slow, node, monkeypatch):
    lost, kept = submit(cast.owner, slow, 2)
    reads, seen = [], claims.read_wishes
    monkeypatch.setattr(claims, "read_wishes", lambda: reads.append(1) or seen())
    monkeypatch.setattr(claims.random, "randrange", lambda places: places - 1)
    monkeypatch.setattr(
        claims, "claim_wish", lambda wish: claim_wish(wish) if wish.head.job_id != lost.id else None
    )
    assert (claim_next().job_id, len(reads)) == (kept.id, 1)


def test_wishes_that_are_lost_for_ever_are_given_up(cast, slow, node, monkeypatch):
    submit(cast.owner, slow, 3)
    monkeypatch.setattr(claims, "claim_wish", lambda wish: None)
    assert claim_next() is None


def test_a_single_job_behind_500_of_another_user_starts_within_two_job_lengths(cast, slow, node):
    """The node has two slots: one prompt runs, one is staged behind it. Time is counted in finished jobs."""
    fill(submit(cast.owner, slow, 1)[0], 499)
    UserQueue.objects.update(limit=50)
    on_node = [claim_next(), claim_next()]
    single = rows.submit_one(cast.other, slow)
    Job.objects.filter(pk=single.pk).update(rank_at=timezone.now())
    ended = 0
    while on_node[0].job_id != single.id:
        assert finish_job(on_node.pop(0), [])
        on_node.append(claim_next())
        ended += 1
    assert ended == 2


def test_a_node_that_went_off_since_it_was_read_gets_nothing(cast, slow, node, monkeypatch):
    submit(cast.owner, slow, 1)
    seen = claims.read_wishes

    def read_before_it_went_off():
        wishes = list(seen())
        Node.objects.update(state="draining")
        return iter(wishes)

    monkeypatch.setattr(claims, "read_wishes", read_before_it_went_off)
    assert claim_next() is None
    assert Attempt.objects.count() == 0
