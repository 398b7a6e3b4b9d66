"""Every command that README and the pages of docs/ print is run as a reader would, in their order."""

from __future__ import annotations

import shutil

import httpx2
import pytest

from tests.e2e.documents.checkout import ROOT, Checkout
from tests.e2e.documents.reading import cells, commands, files
from tests.services.process import wait_until

pytestmark = pytest.mark.services
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = {
    "api.md": "tests/jobs/api/test_docs.py",
    "comfy-api.md": "tests/e2e/product/test_comfy_sdk.py",
    "production.md": "tests/e2e/documents/test_production.py",
    "webhooks.md": "tests/jobs/webhooks/test_document.py",
}
"""Pages whose commands another test runs."""
LONG = {
    "make run PORT=8001 NODES=2": "README's first command is the same",
    "make quick": "it is a part of what runs this",
    "make check": "CI runs it before the tests",
    "make format": "it is a part of make check",
    "make chaos": "it takes an hour; guarantees.md has its figures",
    "make bench": "it takes an hour; guarantees.md has its figures",
    "make fuzz-api": "it takes some minutes; guarantees.md has its figures",
    "make attack": "its figures are ratios, for a quiet machine",
    "make audit": "it fails on the day that a package has a new patch",
}
"""Commands of README's table that are not run, each with the reason."""
PHOTO = ROOT / "tests/golden/photos/chelsea.jpg"


@pytest.fixture
def photos(checkout: Checkout) -> None:
    """The photos that the examples name."""
    (checkout.folder / "photos").mkdir()
    for name in ("photo.jpg", "photos/a.jpg", "photos/b.jpg"):
        shutil.copy(PHOTO, checkout.folder / name)


@pytest.fixture
def a_gpu_machine(checkout: Checkout, cpu_node: str) -> None:
    """A CPU node stands for the machines with a GPU that the examples name."""
    checkout.stands_for = {"http://gpu-machine:8188": cpu_node}


def follow(checkout: Checkout, name: str) -> dict[str, str]:
    """Runs the commands of a page and returns what each printed."""
    page = (ROOT / name).read_text()
    return {each.text: checkout.run(each.text) for each in commands(page) if not each.reason}


def is_ready(site: httpx2.Client) -> bool:
    """Whether nothing is missing. A part that answers too late counts as missing, as on a machine busy with tests."""
    return bool(site.get("/ready").json()["status"] == "ok")


@pytest.mark.usefixtures("photos", "a_gpu_machine")
def test_readme(checkout):
    said = follow(checkout, "README.md")
    assert "demo@creator.local" in said["make run"]
    to_a_phone = said["make run HOST=0.0.0.0 DEMO=1"]
    assert "Other machines of your network reach it on http://" in to_a_phone
    assert "Sign in as demo@creator.local with the password " in to_a_phone
    assert len(list((checkout.folder / "results").glob("*.jpg"))) == 2
    with httpx2.Client(base_url=f"http://127.0.0.1:{checkout.port(8001)}", trust_env=False) as site:
        page = site.get("/")
        assert page.status_code == 200
        wait_until(lambda: is_ready(site), "the product that README starts is not ready")
        style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        assert site.get(style).headers["Content-Type"].startswith("text/css")


def test_the_commands_of_readmes_table(checkout):
    page = (ROOT / "README.md").read_text()
    written = cells(page)
    assert LONG.keys() < set(written)
    for command in written:
        if command not in LONG:
            checkout.run(command)
    assert (checkout.folder / ".git/hooks/pre-commit").is_file()


@pytest.mark.usefixtures("a_gpu_machine")
def test_add_a_node(checkout):
    checkout.run(".venv/bin/python manage.py migrate -v 0")
    said = follow(checkout, "docs/add-a-node.md")
    assert "gpu-1 works" in said[".venv/bin/python manage.py nodes check gpu-1"]


@pytest.mark.usefixtures("photos")
def test_add_a_preset(checkout):
    catalog = checkout.folder / "jobs/presets/catalog"
    shutil.copytree(catalog / "cinematic", catalog / "soft_light")
    manifest = catalog / "soft_light/preset.toml"
    manifest.write_text(manifest.read_text().replace('slug = "cinematic"', 'slug = "soft_light"'))
    follow(checkout, "docs/add-a-preset.md")
    assert (checkout.folder / "result.png").is_file()


@pytest.mark.usefixtures("photos")
def test_first_hour(checkout):
    (program,) = files((ROOT / "docs/first-hour.md").read_text(), "python")
    (checkout.folder / "picture.py").write_text(program)
    script = (ROOT / "clients/curl/picture.sh").read_text()
    assert [text.count("\n") < 20 for text in (program, script)] == [True, True]
    said = follow(checkout, "docs/first-hour.md")
    assert "Done" in said["clients/curl/picture.sh photo.jpg cinematic by-curl.png"].split()
    assert "credits" in said["client-env/bin/python picture.py"]
    for name in ("by-curl.png", "by-python.png"):
        assert (checkout.folder / name).read_bytes().startswith(b"\x89PNG")
    load = ".venv/bin/locust -f clients/load/locustfile.py --headless --users 2 --run-time 10s --only-summary"
    assert "Aggregated" in checkout.run(f"{load} --host $CREATOR_SITE 2>&1")


def test_every_page_with_commands_is_followed():
    with_commands = {
        path.name for path in PAGES if any(not each.reason for each in commands(path.read_text()))
    }
    assert with_commands == {"README.md", "add-a-node.md", "add-a-preset.md", "first-hour.md", *ELSEWHERE}
    assert [name for name in ELSEWHERE.values() if not (ROOT / name).is_file()] == []
