"""Who may open a socket. The refusal is the same for a missing job and for another user's job."""

import pytest

PATHS = ("/ws/jobs/{}", "/ws/jobs/{}/html")


@pytest.mark.parametrize("path", PATHS)
async def test_only_the_owner_gets_in(world, watch, path):
    owner, stranger, other = world.cast.owner, world.cast.stranger, world.cast.other
    askers = {"owner": owner, "stranger": stranger, "other": other, "staff": world.cast.staff, "nobody": None}
    statuses = {name: (await watch(path.format(world.mine.id), user)).status for name, user in askers.items()}
    assert statuses == {"owner": 101, "stranger": 404, "other": 404, "staff": 404, "nobody": 404}


@pytest.mark.parametrize(
    "path",
    ["/ws/jobs/0b9d1f5e-5a35-4c08-9a52-7c1d8d1d3f10", "/ws/jobs/17", "/ws/", "/ws/me/more", "/elsewhere"],
)
async def test_what_is_not_there_is_not_found(world, watch, path):
    assert (await watch(path, world.cast.owner)).status == 404


async def test_the_list_is_for_people_who_signed_in(world, watch):
    assert (await watch("/ws/me", world.cast.stranger)).status == 101
    assert (await watch("/ws/me")).status == 404


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://testserver.evil.example",
        "http://testserver:81",
        "testserver",
        "http://[",
        "https://testserver",
        "ws://testserver",
        "http://testserver/",
        "http://user@testserver",
        "//testserver",
    ],
)
async def test_another_sites_page_is_refused_although_the_cookie_is_right(world, watch, origin):
    assert (await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner, origin=origin)).status == 403


async def test_a_foreign_name_that_points_here_is_not_the_site(world, watch):
    asked = await watch("/ws/me", world.cast.owner, origin="http://evil.example", host="evil.example")
    assert asked.status == 403


@pytest.mark.parametrize(
    ("scheme", "origin", "status"),
    [
        ("wss", "https://testserver", 101),
        ("wss", "HTTPS://TestServer", 101),
        ("wss", "http://testserver", 403),
        ("ws", "http://testserver", 101),
        ("ws", "https://testserver", 403),
    ],
)
async def test_a_page_opens_sockets_of_its_own_scheme_only(world, watch, scheme, origin, status):
    """Whoever can change an unencrypted page of the site must not reach the encrypted one through it."""
    assert (await watch("/ws/me", world.cast.owner, scheme=scheme, origin=origin)).status == status


@pytest.mark.parametrize(
    ("address", "status"), [("192.168.1.7", 403), ("::ffff:10.0.0.5", 403), ("127.0.0.1", 101), ("::1", 101)]
)
async def test_this_machines_own_name_is_not_for_others(world, watch, settings, address, status):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    asked = await watch(
        "/ws/me", world.cast.owner, origin="http://127.0.0.1", host="127.0.0.1", client=(address, 5)
    )
    assert asked.status == status


async def test_a_cookie_with_a_nul_is_refused_before_the_database_is_asked(watch):
    assert (await watch("/ws/me", cookie=r'sessionid="a\000b"')).status == 400
