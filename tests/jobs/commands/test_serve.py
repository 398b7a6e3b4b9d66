"""What `serve` refuses before it starts anything."""

import fcntl

import pytest


def test_two_servers_do_not_share_a_data_dir(home):
    with (home.folder / "serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = home.run("serve", "--port", "0", "--nodes", "0")
    message = f"CommandError: Another server uses {home.folder}. Stop it first, or set another DATA_DIR.\n"
    assert (ended.status, ended.out, ended.err) == (1, "", message)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--host", "192.0.2.77"),
            "Creator cannot listen on 192.0.2.77, port 0: Cannot assign requested address.",
        ),
        (("--host", "no-such-host.invalid"), "Creator cannot listen on no-such-host.invalid, port 0: "),
    ],
)
def test_an_address_that_is_not_ours_is_said(home, words, said):
    ended = home.run("serve", "--port", "0", "--nodes", "0", *words)
    assert (ended.status, ended.out, said in ended.err, "in use" in ended.err) == (1, "", True, False)
