from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from creator import backends
from tests.jobs.lifecycle import rows


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.services)])
def storage(request, settings, tmp_path):
    """A default storage for this test alone: first a folder, then a prefix in a real bucket."""
    if request.param == "folder":
        options = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    else:
        options = _bucket(request.getfixturevalue("services"), settings.CONFIG)
    settings.STORAGES = settings.STORAGES | {"default": options}
    return default_storage


@pytest.fixture
def folder(settings, tmp_path):
    """Put the default storage into a folder, and return the folder."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": options}
    return tmp_path


@pytest.fixture
def slow(db):
    return rows.slow_preset()


def _bucket(services, config):
    config = replace(
        config,
        s3_bucket=services["S3_BUCKET"],
        s3_endpoint_url=services["S3_ENDPOINT_URL"],
        s3_access_key_id=services["S3_ACCESS_KEY_ID"],
        s3_secret_access_key=services["S3_SECRET_ACCESS_KEY"],
    )
    files = backends.files(config)
    return files | {"OPTIONS": files["OPTIONS"] | {"location": f"retention/{uuid4()}"}}
