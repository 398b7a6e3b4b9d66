"""Faults of the fake Google: counted, for one path, before or after the work."""

import httpx

from drive.google_fake import Fault, Server, World


def test_a_fault_is_counted_and_says_its_reason():
    server = Server(World())
    server.start()
    server.faults.add(Fault(403, "userRateLimitExceeded", path="/drive/v3/files", times=2))
    answers = [httpx.get(f"{server.url}/drive/v3/{name}").status_code for name in ("changes", *["files"] * 3)]
    server.stop()
    assert answers == [401, 403, 403, 401]


def test_a_fault_after_the_work_leaves_the_work_done():
    server = Server(World())
    server.start()
    code = server.oauth.approve("ann@example.com", frozenset())
    server.faults.add(Fault(500, method="POST", path="/token", is_after=True))
    form = {"grant_type": "authorization_code", "code": code}
    answers = [httpx.post(f"{server.url}/token", data=form) for _ in range(2)]
    server.stop()
    assert [each.status_code for each in answers] == [500, 400]
    assert answers[1].json() == {"error": "invalid_grant"}
