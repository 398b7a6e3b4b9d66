"""What `serve` refuses before it starts anything."""

import fcntl


def test_two_servers_do_not_share_a_data_dir(home):
    with (home.folder / "serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = home.run("serve", "--port", "0", "--nodes", "0")
    message = f"CommandError: Another server uses {home.folder}. Stop it first, or set another DATA_DIR.\n"
    assert (ended.status, ended.out, ended.err) == (1, "", message)
