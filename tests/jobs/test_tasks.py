from jobs import tasks
from jobs.models import Upload
from tests.jobs.retention import stored
from tests.jobs.retention.stored import GONE


def test_a_second_beat_does_not_do_it_again(cast, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    stored.make_photo(cast.owner, expires_in=GONE)
    assert (tasks.purge_expired(), Upload.objects.count()) == (True, 0)
    stored.make_photo(cast.owner, expires_in=GONE)
    assert (tasks.purge_expired(), Upload.objects.count()) == (False, 1)
