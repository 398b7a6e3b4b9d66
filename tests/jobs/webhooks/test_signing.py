"""Signatures are those of Standard Webhooks."""

from base64 import b64decode

from jobs.webhooks.signing import new_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
EVENT, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The test vector of the standard's own libraries."""


def test_the_standards_own_vector_is_signed_alike():
    assert signed_headers(EVENT, AT, BODY, [SECRET]) == {
        "webhook-id": EVENT,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNED,
    }


def test_two_secrets_give_two_signatures_with_a_space_between():
    first, second = signed_headers(EVENT, AT, BODY, [OTHER, SECRET])["webhook-signature"].split(" ")
    assert (first != SIGNED, first.startswith("v1,"), second) == (True, True, SIGNED)


def test_a_secret_is_32_random_bytes_behind_its_prefix():
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(b64decode(each.removeprefix("whsec_"))) for each in made} == {32}
    assert all(each.startswith("whsec_") for each in made)
