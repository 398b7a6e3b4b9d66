"""Two workers that hand on deliveries of one person at the same time send one mail, and forget nothing."""

import pytest

from accounts.models import Notification
from accounts.notifications import notify
from accounts.notifications.folding import take_untold
from creator.platform.models import Delivery
from tests.jobs.lifecycle.threads import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deliveries(owner, digested):
    for number in range(6):
        notify(digested, owner, event_id=str(number), facts={"what": "it"})
    return list(Delivery.objects.order_by("pk"))


@pytest.mark.parametrize("turn", range(3))
def test_of_workers_that_take_at_the_same_time_one_takes_all(owner, deliveries, turn):
    takes = [lambda each=each: take_untold(each, owner, ["digested"]) for each in deliveries[:3]]
    assert sorted(len(rows) for rows in together(*takes)) == [0, 0, 6]
    assert Notification.objects.values("told_by").distinct().count() == 1


def test_a_repeat_takes_the_same_and_nothing_new(owner, digested, deliveries):
    first, second, *_ = deliveries
    taken = take_untold(first, owner, ["digested"])
    notify(digested, owner, event_id="later", facts={"what": "it"})
    assert take_untold(first, owner, ["digested"]) == taken
    assert [row.event_id for row in take_untold(second, owner, ["digested"])] == ["later"]


def test_other_people_and_other_kinds_are_left_alone(owner, cast, digested, urgent, deliveries):
    notify(digested, cast.other, event_id="1", facts={"what": "it"})
    notify(urgent, owner, event_id="1", facts={"what": "it"})
    take_untold(deliveries[0], owner, ["digested"])
    untold = Notification.objects.filter(told_by=None).values_list("user__email", "kind").order_by("pk")
    assert list(untold) == [(cast.other.email, "digested"), (owner.email, "urgent")]
