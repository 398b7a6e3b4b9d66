"""The examples of the API's documentation are exchanges with the running product: `make examples` records them."""

import json
import os
import subprocess
import sys

import pytest

from creator.api.openapi import DOCUMENT, EXAMPLES
from tests.e2e.exchanges.recording import Recorder, same_shape, shape
from tests.e2e.exchanges.story import EMAIL, PASSWORD, PHOTO, client_of, tell
from tests.e2e.product.serving import ROOT, Product, serving

pytestmark = pytest.mark.services
MAKE = f"""
import django; django.setup()
from pathlib import Path
from django.conf import settings
from drive.connections import connect_folder
from accounts.models import User
from accounts.api_keys import make_api_key
from accounts.enums import Scope
from allauth.account.models import EmailAddress
from creator.demo import endow
person = User.objects.create_user({EMAIL!r}, password={PASSWORD!r}, name="Ada")
EmailAddress.objects.create(user=person, email={EMAIL!r}, verified=True, primary=True)
endow(person)
root = Path(settings.DATA_DIR) / "shared"
(root / "inbox").mkdir(parents=True)
(root / "inbox/IMG_2041.jpg").write_bytes(Path({str(PHOTO)!r}).read_bytes())
connect_folder(person, root, label="Folder of this server")
print(make_api_key(owner=person, name="my script", scopes=list(Scope))[1])
"""


def make_person(product: Product) -> str:
    """The key of a new person with credits."""
    environ = product.environment() | {"DJANGO_SETTINGS_MODULE": "creator.settings"}
    said = subprocess.run(
        [sys.executable, "-c", MAKE], cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True
    )
    return said.stdout.split()[-1]


def test_the_product_still_answers_as_it_was_recorded(tmp_path):
    with serving(tmp_path) as product, client_of(product.url, make_person(product)) as client:
        recorder = Recorder(client)
        told = [recorder.steady(exchange) for exchange in tell(recorder)]
    if os.environ.get("RECORD"):
        EXAMPLES.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    kept = json.loads(EXAMPLES.read_text())
    assert [name_of(each) for each in told] == [name_of(each) for each in kept]
    changed = [
        name_of(one)
        for one, other in zip(told, kept, strict=True)
        if not same_shape(shape(one), shape(other))
    ]
    assert changed == []


def name_of(exchange: dict) -> tuple[str, str, int]:
    return exchange["operation"], exchange["title"], exchange["answer"]["status"]


def test_every_example_belongs_to_an_operation():
    paths = json.loads(DOCUMENT.read_text())["paths"]
    known = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    assert {each["operation"] for each in json.loads(EXAMPLES.read_text())} <= known
