"""Checks on templates and static files that keep pages small and their Content-Security-Policy strict."""

import base64
import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from django.urls import reverse

TEMPLATES = sorted(Path("templates").rglob("*.html"))
SCRIPTS = sorted(Path("static/js").glob("*.js"))
VENDOR = Path("static/vendor")
INLINE = re.compile(
    r"""\sstyle=|\son[a-z]+=["'{]|<style|javascript:|<script(?![^>]*\ssrc=)|\sfill="(?!none)|\{%\s*autoescape|\|safe\b"""
)
IN_MAILS = re.compile(r"\sstyle=|<style")
"""Mail programs read no style sheets of ours. No page shows a mail under the policy of pages."""
KIB = 1024


def zipped(content: bytes) -> int:
    return len(gzip.compress(content, 9))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_no_template_has_inline_code_or_unescaped_text(path):
    found = INLINE.findall(path.read_text())
    assert [each for each in found if path.parts[1] != "mail" or not IN_MAILS.match(each)] == []


def test_the_rule_above_finds_what_it_is_for():
    bad = [
        "<p style='x'>",
        '<a onclick="x">',
        "<script>",
        '<a href="javascript:x">',
        "{{ x|safe }}",
        "<style>",
    ]
    assert [bool(INLINE.search(each)) for each in bad] == [True] * len(bad)


def test_style_and_scripts_stay_small():
    assert zipped(Path("static/css/app.css").read_bytes()) <= 8 * KIB
    assert sum(zipped(path.read_bytes()) for path in SCRIPTS) <= 6 * KIB
    assert (VENDOR / "geist.woff2").stat().st_size <= 30_000


@pytest.mark.parametrize("name", ["landing", "home", "new_job", "jobs", "presets"])
def test_pages_stay_small(client, cast, able_node, make_job, name):
    for _ in range(24):
        make_job("completed")
        make_job("processing")
    client.force_login(cast.owner)
    assert zipped(client.get(reverse(name)).content) <= 15 * KIB


def test_vendored_files_are_the_ones_that_were_checked_in():
    listed = {}
    for entry in tomllib.loads((VENDOR / "VENDOR.toml").read_text()).values():
        listed |= entry["sha384"]
    found = {path.name: path for path in VENDOR.iterdir() if path.name != "VENDOR.toml"}
    hashes = {
        name: base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for name, path in found.items()
    }
    assert hashes == listed


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    text = "".join(path.read_text() for path in TEMPLATES)
    wanted = set(re.findall(r'\{% icon "([^"]+)" %\}', text)) | set(
        re.findall(r'(?:image|sign)="([^"]+)"', text)
    )
    assert wanted - sprite == set()
    assert sprite - wanted == set()
