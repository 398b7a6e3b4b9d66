"""Gives every test process its own data folder.

Pytest loads it with `-p tests.plugin`, before pytest-django reads the settings.

Only this file sets ENVIRONMENT and DATA_DIR, so no test can touch the data of a developer's local site. It
removes the product's other variables, so a developer's exports cannot change a result. It moves the server
addresses to SERVICES (fixture `services`). The test process itself uses only the database server, with its
own database there.
"""

import atexit
import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

OURS = (
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "DEMO_ACCOUNT",
    "HTTPS",
)
SERVERS = (
    "DATABASE_URL",
    "BROKER_URL",
    "REDIS_URL",
    "S3_ENDPOINT_URL",
    "S3_BUCKET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
)
FOLDER = Path(tempfile.mkdtemp(prefix=f"creator-{os.environ.get('PYTEST_XDIST_WORKER', 'tests')}-"))

if "SERVICES" not in os.environ:  # an xdist worker inherits SERVICES from its parent
    os.environ["SERVICES"] = json.dumps({name: os.environ.get(name, "") for name in SERVERS})
for _name in (*OURS, *SERVERS):
    os.environ.pop(_name, None)
if _database := json.loads(os.environ["SERVICES"])["DATABASE_URL"]:
    os.environ["DATABASE_URL"] = _database
os.environ["INSTANCE"] = f"t{secrets.token_hex(4)}"
os.environ["ENVIRONMENT"] = "test"
os.environ["DATA_DIR"] = str(FOLDER)
(Path(__file__).parents[1] / "var").mkdir(exist_ok=True)  # for test reports and screenshots
(FOLDER / "static").mkdir()  # the static file server warns if it is missing


atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Removes two variables that Django has read by now: a product that a test starts uses its defaults."""
    for name in ("DATABASE_URL", "INSTANCE"):
        os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares pytest.ini's option DJANGO_SETTINGS_MODULE when `-p no:django` disables pytest-django."""
    if pluginmanager.is_blocked("django"):
        parser.addini("DJANGO_SETTINGS_MODULE", "not used without pytest-django")


def pytest_unconfigure() -> None:
    """Removes the folder here too, because xdist workers exit without running `atexit`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
