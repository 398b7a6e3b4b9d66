"""The page of last resort. It must not need the database, which pytest-django blocks in these tests."""

from creator.http.bare_page import bare_page


def test_it_needs_no_database_and_no_manifest(settings):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "does.not.Exist"}}
    html = bare_page("Too <large>", "Send less.", request_id="reference-4")
    for part in (
        "<title>Too &lt;large&gt; · Creator</title>",
        "<h1>Too &lt;large&gt;</h1>",
        "Send less.",
        'href="/static/css/app.css"',
        "Reference to quote: reference-4",
    ):
        assert part in html


def test_without_a_reference_none_is_mentioned():
    assert "Reference" not in bare_page("Too large", "Send less.")
