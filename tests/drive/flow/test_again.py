"""The last pictures of a folder are made again: each content once a click, paid as new ones, and over nothing."""

import pytest

from billing.models import CreditAccount
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from drive import pausing
from drive.again import plan_again, run_again
from drive.enums import Pause
from drive.folders import stop_watching
from drive.models import Connection, FoundFile, Picture
from jobs.models import Job
from tests.billing.credits import leave_credits
from tests.drive.flow.conftest import photo


@pytest.fixture
def made(memory, folder, go, end):
    """Three photos that became pictures, and a copy of the first."""
    for name, colour in (("a", "red"), ("b", "green"), ("c", "blue"), ("copy of a", "red")):
        memory.put(f"{name}.jpg", photo(colour))
    go()
    for job in Job.objects.all():
        end(job, content=b"first " + job.name.encode())
    go()
    assert memory.names() == ["a-cinematic.png", "b-cinematic.png", "c-cinematic.png"]


def test_each_content_is_made_once_with_the_present_settings(memory, folder, made, go, end, presets):
    folder.output_format = "webp"
    folder.save()
    again = plan_again(folder)
    price = presets["cinematic"].preset.price
    assert (again.pictures, again.credits) == (3, 3 * price)
    assert [file.name for file in again.files] == ["b.jpg", "c.jpg", "copy of a.jpg"]
    assert run_again(folder, run=again.run, most_credits=again.credits).pictures == 3
    go()
    new = Job.objects.filter(output_format="webp")
    assert new.count() == 3
    assert Picture.objects.filter(run=again.run).count() == 3
    line = AuditLine.objects.get(action="folder_made_again")
    assert line.details == {
        "folder": str(folder.pk),
        "run": again.run,
        "pictures": 3,
        "credits": again.credits,
    }


def test_results_lie_beside_the_earlier_ones(memory, folder, made, go, end):
    run_again(folder)
    go()
    for job in Job.objects.filter(finished_at=None):
        end(job, content=b"second " + job.name.encode())
    go()
    assert memory.content("b-cinematic.png") == b"first b.jpg"
    assert memory.content("b-cinematic-2.png") == b"second b.jpg"
    assert len(memory.names()) == 6


def test_one_click_makes_them_once_and_two_clicks_twice(memory, folder, made, go):
    first = plan_again(folder)
    assert run_again(folder, run=first.run).pictures == 3
    assert run_again(folder, run=first.run).pictures == 0
    go()
    assert run_again(folder, run=first.run).pictures == 0
    go()
    assert Job.objects.count() == 6
    folder.refresh_from_db()
    assert run_again(folder, run=plan_again(folder).run).pictures == 3
    go()
    assert Job.objects.count() == 9


def test_a_number_that_no_call_has_yet_is_refused(memory, folder, made):
    """Sent twice it would make them twice."""
    with pytest.raises(Refused) as refused:
        run_again(folder, run=plan_again(folder).run + 1)
    assert (refused.value.code, set(refused.value.problems)) == ("invalid_parameters", {"run"})
    assert not FoundFile.objects.filter(state="found").exists()


def test_what_waits_already_is_not_asked_for_again(memory, folder, made, go):
    run_again(folder)
    with pytest.raises(Refused, match="being made again") as refused:
        run_again(folder)
    assert refused.value.code == "too_late"
    memory.put("d.jpg", photo("black"))
    go()
    assert run_again(folder).pictures == 4


def test_only_the_newest_twenty(memory, folder, go):
    for number in range(23):
        memory.put(f"{number:02}.jpg", photo((number * 11, 0, 0)))
    go()
    again = run_again(folder)
    assert [file.name for file in again.files] == [f"{number:02}.jpg" for number in range(3, 23)]


def test_files_that_are_gone_cost_nothing(memory, folder, made, go):
    memory.files = {key: each for key, each in memory.files.items() if each[1] != "b.jpg"}
    assert run_again(folder).pictures == 3
    states = go()
    assert (states["b.jpg"], states["c.jpg"]) == ("gone", "taken")
    assert Job.objects.count() == 5
    assert plan_again(folder).pictures == 2


def spend_cap(folder, price):
    CreditAccount.objects.filter(owner=folder.owner).update(spend_cap=0)


def no_credits(folder, price):
    leave_credits(folder.owner.pk, 3 * price - 1)


def daily_limit(folder, price):
    folder.daily_cap = 6 * price - 1
    folder.save()


def paused(folder, price):
    pausing.pause_folder(folder, Pause.OWNER)


def disconnected(folder, price):
    Connection.objects.update(trouble="access_lost")


def disabled(folder, price):
    folder.preset.enabled = False
    folder.preset.save()


def smaller_plan(folder, price):
    CreditAccount.objects.filter(owner=folder.owner).update(plan_id="free")
    Connection.objects.update(kind="google")


def no_longer_watched(folder, price):
    stop_watching(folder)


@pytest.mark.parametrize(
    ("hindrance", "code"),
    [
        (spend_cap, "spend_cap"),
        (no_credits, "insufficient_credits"),
        (daily_limit, "spend_cap"),
        (paused, "too_late"),
        (disconnected, "too_late"),
        (disabled, "preset_unavailable"),
        (smaller_plan, "plan_required"),
        (no_longer_watched, "not_found"),
    ],
)
def test_it_begins_whole_or_not_at_all(memory, folder, made, presets, hindrance, code):
    hindrance(folder, presets["cinematic"].preset.price)
    with pytest.raises(Refused) as refused:
        run_again(folder)
    assert refused.value.code == code
    folder.refresh_from_db()
    assert folder.runs == 0
    assert not FoundFile.objects.filter(state="found").exists()
    assert not AuditLine.objects.filter(action="folder_made_again").exists()


def test_it_never_costs_more_than_was_confirmed(memory, folder, made, presets):
    price = presets["cinematic"].preset.price
    with pytest.raises(Refused) as refused:
        run_again(folder, most_credits=3 * price - 1)
    assert (refused.value.code, set(refused.value.problems)) == ("invalid_parameters", {"most_credits"})
    assert run_again(folder, most_credits=3 * price).credits == 3 * price


def test_a_folder_without_pictures_has_nothing_to_make(memory, folder):
    with pytest.raises(Refused, match="No picture was made") as refused:
        run_again(folder)
    assert refused.value.code == "too_late"
