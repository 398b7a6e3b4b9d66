"""What an owner is shown of a watched folder: its state in words, its counts, its spend and its newest files."""

from datetime import timedelta

import pytest
from django.utils import timezone

from drive import queries
from drive.enums import FileState, Pause, Trouble
from tests.jobs.lifecycle import rows


def view(person):
    (found,) = queries.folder_views(person)
    return found


def test_a_folder_without_files_is_watched(person, folder):
    seen = view(person)
    assert (seen.folder, seen.state, seen.spent_today, dict(seen.counts), seen.waiting) == (
        *(folder, "watching", 0, {}, 0),
    )
    assert "cinematic" in seen.sentence
    assert seen == queries.folder_view(folder)


@pytest.mark.parametrize("pause", [each for each in Pause if each])
def test_every_pause_has_a_sentence(person, watch, pause):
    watch(pause=pause, paused_at=timezone.now())
    seen = view(person)
    assert (seen.state, seen.sentence) == ("paused", queries.OF_PAUSE[pause])


def test_the_words_of_a_pause_come_before_the_usual_sentence(person, watch):
    watch(pause=Pause.CREDITS, paused_at=timezone.now(), pause_words="3 credits are missing.")
    assert view(person).sentence == "3 credits are missing."


@pytest.mark.parametrize("trouble", [each for each in Trouble if each])
def test_lost_access_outweighs_a_pause(person, connection, watch, trouble):
    watch(pause=Pause.OWNER, paused_at=timezone.now())
    connection.trouble = trouble
    connection.save()
    seen = view(person)
    assert seen.state == "disconnected"
    assert "Connect again" in seen.sentence


def test_a_source_that_does_not_answer_is_away(person, connection, folder):
    connection.failures = 2
    connection.save()
    seen = view(person)
    assert seen.state == "away"
    assert "2 times in a row" in seen.sentence


def test_a_disconnected_folder_says_so(person, connection, folder):
    connection.disconnected_at = timezone.now()
    connection.save()
    assert view(person).state == "disconnected"


def test_spent_today_begins_at_midnight(folder, take):
    now = timezone.now()
    take("a.jpg", price=3, submitted_at=now)
    take("b.jpg", price=4, submitted_at=now)
    take("yesterday.jpg", price=5, submitted_at=queries.midnight() - timedelta(seconds=1))
    take("held up.jpg", price=6)
    assert queries.spent_today(folder.pk) == 7
    assert queries.folder_view(folder).spent_today == 7


def test_files_are_counted_by_state(person, find, take):
    find("a.jpg")
    find("b.jpg")
    find("c.txt", state=FileState.IGNORED)
    take("d.jpg")
    seen = view(person)
    assert seen.counts == {"found": 2, "ignored": 1, "taken": 1}
    assert seen.waiting == 2


def test_the_newest_files_come_first_without_those_that_nobody_is_told_of(folder, find):
    made = [find(f"{number}.jpg") for number in range(4)]
    find("notes.txt", state=FileState.IGNORED)
    assert queries.last_files(folder, 3) == [made[3], made[2], made[1]]


def test_any_number_of_files_and_folders_takes_the_same_number_of_queries(
    person, watch, folder, take, django_assert_max_num_queries
):
    slow = rows.slow_preset()
    jobs = [rows.submit_one(person, slow) for _ in range(6)]
    for number, job in enumerate(jobs):
        take(f"{number}.jpg", job=job)
        watch(input_id=f"other {number}")
    with django_assert_max_num_queries(5):
        files = queries.last_files(folder)
        shown = [
            (file.picture.job.preset_version.manifest.title, *file.picture.job.artifacts.all())
            for file in files
        ]
    assert len(shown) == 6
    with django_assert_max_num_queries(4):
        assert len(queries.folder_views(person)) == 7
