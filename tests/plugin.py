"""Loaded with `-p tests.plugin`, before pytest-django reads the settings: gives every test process a folder of its own.

ENVIRONMENT and DATA_DIR are set here and nowhere else, so no test can touch the data of a person who tries the site.
Other variables of the product are dropped: what a developer has exported must not change a result. The addresses of servers
are kept aside (fixture `services`); of them the tests' own process uses the database alone, each process one of its own.
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

if "SERVICES" not in os.environ:  # a child of xdist inherits what its parent kept aside
    os.environ["SERVICES"] = json.dumps({name: os.environ.get(name, "") for name in SERVERS})
for _name in (*OURS, *SERVERS):
    os.environ.pop(_name, None)
if _database := json.loads(os.environ["SERVICES"])["DATABASE_URL"]:
    os.environ["DATABASE_URL"] = _database
os.environ["INSTANCE"] = f"t{secrets.token_hex(4)}"
os.environ["ENVIRONMENT"] = "test"
os.environ["DATA_DIR"] = str(FOLDER)
(Path(__file__).parents[1] / "var").mkdir(exist_ok=True)  # reports and screenshots of tests
(FOLDER / "static").mkdir()  # the server of static files warns of a folder that is not there


atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """The settings are read by now: a product that a test starts is the local one unless the test says otherwise."""
    for name in ("DATABASE_URL", "INSTANCE"):
        os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """With `-p no:django` the line in pytest.ini that names the settings is known all the same."""
    if pluginmanager.is_blocked("django"):
        parser.addini("DJANGO_SETTINGS_MODULE", "not used without pytest-django")


def pytest_unconfigure() -> None:
    """Workers of xdist end without `atexit`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
