import os
import subprocess
import sys

import pytest

from billing.stripe_fake import world as fake
from creator.config import Config, ConfigError, Environment, prepare_data_dir, read_config, variables
from creator.management.commands.settings_table import wanted_texts
from tests.house.tree import ROOT

WRONG = {
    "ENVIRONMENT": "staging",
    "INSTANCE": "My site",
    "HTTPS": "maybe",
    "TRUSTED_PROXIES": "-1",
    "SIGN_UP": "friends",
    "SIGN_UP_DOMAINS": "example.org",
    "GOOGLE_CLIENT_ID": "an id without its secret",
    "GOOGLE_CLIENT_SECRET": "a secret without its id",
    "GOOGLE_ISSUER": "accounts.google.com",
    "COMFY_API": "perhaps",
    "CONFIRM_ADDRESSES": "perhaps",
    "TRIES_PER_ADDRESS": "0",
    "PUBLIC_URL": "https://creator.example/site",
    "CORS_ALLOWED_ORIGINS": "https://shop.example/page",
    "DATABASE_URL": "mysql://host/name",
    "DATABASE_POOL": "0",
    "STATEMENT_TIMEOUT_SECONDS": "0",
    "LOCK_TIMEOUT_SECONDS": "none",
    "BROKER_URL": "redis://host",
    "REDIS_URL": "localhost",
    "S3_ENDPOINT_URL": "minio:9000",
    "S3_PUBLIC_URL": "files.example",
    "WORKER_THREADS": "2",
    "DEBUG": "maybe",
    "LOG_LEVEL": "loud",
    "LOG_FORMAT": "xml",
    "CPU_NODES": "65",
    "SLOTS_PER_NODE": "0",
    "DEMO_ACCOUNT": "perhaps",
    "EMAIL_URL": "mail.example",
    "LEASE_SECONDS": "long",
    "LEASE_RENEW_SECONDS": "8",
    "JOB_ATTEMPTS": "2.5",
    "QUEUE_TIMEOUT_SECONDS": "-1",
    "CONNECT_TIMEOUT_SECONDS": "0",
    "NODE_ANSWER_SECONDS": "0",
    "NODE_FILE_SECONDS": "slow",
    "NODE_FILE_MIB": "0",
    "STAGED_TIMEOUT_SECONDS": "-1",
    "MAX_UPLOAD_MIB": "0",
    "MAX_MEGAPIXELS": "ten",
    "MAX_BATCH_FILES": "0",
    "LINK_SECONDS": "0",
    "MAX_CONNECTIONS": "0",
    "MAX_CONNECTIONS_PER_ADDRESS": "many",
    "MAX_SOCKETS_PER_PERSON": "-1",
    "UPLOADS_PER_PERSON": "2",
    "UPLOADS_PER_ADDRESS": "0",
    "BODY_SECONDS": "0",
    "BODY_KIB_PER_SECOND": "slow",
    "KEEP_FREE_MIB": "-1",
    "KEEP_FREE_PERCENT": "100",
    "ENCRYPTION_KEYS": "short",
    "GOOGLE_DRIVE": "everything",
    "GOOGLE_DRIVE_URL": "https://drive.example",
    "DRIVE_POLL_SECONDS": "0",
    "DRIVE_RECONCILE_SECONDS": "-1",
    "FOLDER_POLL_SECONDS": "often",
    "OUTSIDE_PORTS": "80,all",
    "OUTSIDE_REFUSED_NETWORKS": "203.0.113.1/24",
    "OUTSIDE_ALLOWED_HOSTS": "nas.lan",
    "STRIPE": "real",
    "STRIPE_SECRET_KEY": "pk_test_123",
    "STRIPE_WEBHOOK_SECRETS": "secret",
    "STRIPE_API_URL": "https://api.stripe.com",
    "PAYMENT_GRACE_DAYS": "0",
}
ANY_TEXT = {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "ALLOWED_HOSTS", "DATA_DIR", "DEFAULT_FROM_EMAIL"} | {
    f"S3_{name}" for name in ("BUCKET", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
}


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_wrong_value_is_refused_by_name(name, value):
    with pytest.raises(ConfigError) as refused:
        read_config({name: value})
    assert str(refused.value).startswith(f"{name} must be ")


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL", "REDIS_URL", "S3_ENDPOINT_URL"])
def test_an_address_that_cannot_be_read_is_refused_by_name(name):
    scheme = {"DATABASE_URL": "postgres", "BROKER_URL": "amqp", "REDIS_URL": "redis"}.get(name, "https")
    with pytest.raises(ConfigError) as refused:
        read_config({**PRODUCTION, name: f"{scheme}://user:word@[server"})
    assert str(refused.value).startswith(f"{name} must be an address")


def test_the_fake_stripe_needs_no_other_setting():
    config = read_config({"STRIPE": "fake"})
    assert (config.stripe_api_url, config.stripe_webhook_secrets) == (fake.ADDRESS, (fake.SECRET,))
    chosen = read_config({"STRIPE": "fake", "STRIPE_API_URL": "http://127.0.0.1:9"})
    assert chosen.stripe_api_url == "http://127.0.0.1:9"
    assert read_config({}).stripe_api_url == ""


@pytest.mark.parametrize("domains", ["example", "anna@example.org", "example.org,nonsense"])
def test_domains_that_may_sign_up_are_domains(domains):
    with pytest.raises(ConfigError) as refused:
        read_config({"SIGN_UP": "invited", "SIGN_UP_DOMAINS": domains})
    assert str(refused.value) == "SIGN_UP_DOMAINS must be domains such as example.org,example.com"


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_time_is_a_finite_number(value):
    with pytest.raises(ConfigError) as refused:
        read_config({"LEASE_SECONDS": value})
    assert str(refused.value) == "LEASE_SECONDS must be more than 0 and finite"


def test_the_data_dir_is_made_for_its_owner_alone(tmp_path):
    folder = tmp_path / "above" / "data"
    assert prepare_data_dir(Config(data_dir=folder)).stat().st_mode & 0o777 == 0o700


def test_a_data_dir_of_an_earlier_mode_is_taken_from_others(tmp_path):
    """A release before, or a copy, may have left all of it readable. What is linked elsewhere stays as it is."""
    folder = tmp_path / "data"
    for name in ("files", "nodes", "static"):
        (folder / name).mkdir(parents=True)
    for name in ("secret_key", "demo_password", "creator.sqlite3", "creator.sqlite3-wal"):
        (folder / name).touch()
    (elsewhere := tmp_path / "elsewhere").touch(0o644)
    (folder / "linked").symlink_to(elsewhere)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o2775 if path.is_dir() else 0o664)
    elsewhere.chmod(0o644)
    prepare_data_dir(Config(data_dir=folder))
    modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in (folder, *folder.iterdir())}
    private = dict.fromkeys(("data", "files", "nodes", "static"), "0o2700")
    files = dict.fromkeys(("secret_key", "demo_password", "creator.sqlite3", "creator.sqlite3-wal"), "0o600")
    assert modes == private | files | {"linked": "0o644"}


def test_what_a_process_makes_is_for_its_user_alone(tmp_path):
    """Also what a program of its own makes, such as a node."""
    made = "from pathlib import Path; import subprocess, creator.settings as s;"
    made += (
        "(s.DATA_DIR / 'a').mkdir(); (s.DATA_DIR / 'b').touch(); subprocess.run(['touch', s.DATA_DIR / 'c'])"
    )
    environ = os.environ | {"ENVIRONMENT": "local", "DATA_DIR": str(tmp_path)}
    subprocess.run(
        ["sh", "-c", f'umask 0; exec {sys.executable} -c "{made}"'], cwd=ROOT, env=environ, check=True
    )
    modes = {name: oct((tmp_path / name).stat().st_mode & 0o777) for name in "abc"}
    assert modes == {"a": "0o700", "b": "0o600", "c": "0o600"}


def test_a_folder_that_all_users_share_is_refused(tmp_path):
    """As /tmp: closing it to others would stop their programs."""
    tmp_path.chmod(0o1777)
    with pytest.raises(ConfigError) as refused:
        prepare_data_dir(Config(data_dir=tmp_path))
    assert str(refused.value) == (
        f"DATA_DIR: {tmp_path} is shared with other users; name a folder of its own in it"
    )
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


def test_a_data_dir_that_cannot_be_made_is_refused_by_name(tmp_path):
    (file := tmp_path / "data").touch()
    with pytest.raises(ConfigError) as refused:
        prepare_data_dir(Config(data_dir=file))
    assert str(refused.value) == f"DATA_DIR: {file} cannot be created: File exists"


def test_every_variable_is_tried_with_a_wrong_value():
    assert {name for name, _, _ in variables()} == WRONG.keys() | ANY_TEXT


def test_empty_environment_is_the_local_profile():
    assert read_config({}) == Config()


def test_empty_value_means_the_default():
    assert read_config({"CPU_NODES": ""}).cpu_nodes == 1


@pytest.mark.parametrize(("alias", "meant"), [("development", "local"), ("testing", "test")])
def test_alias_of_a_profile(alias, meant):
    assert read_config({"ENVIRONMENT": alias}).environment == Environment(meant)


def test_values_are_read_in_their_types():
    given = {"DEBUG": "on", "ALLOWED_HOSTS": "a.example, b.example", "LEASE_SECONDS": "20", "CPU_NODES": "3"}
    config = read_config(given)
    read = (config.debug, config.allowed_hosts, config.lease_seconds, config.cpu_nodes)
    assert read == (True, ("a.example", "b.example"), 20.0, 3)


def test_wrong_setting_stops_the_start_by_name():
    stopped = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"ENVIRONMENT": "staging"},
        capture_output=True,
        text=True,
    )
    assert (stopped.returncode, stopped.stderr) == (
        1,
        "Wrong setting: ENVIRONMENT must be local, production or test, not 'staging'\n",
    )


def test_readme_and_env_example_name_every_setting():
    for path, wanted in wanted_texts().items():
        assert path.read_text() == wanted, f"{path.name} is out of date: make settings-table"


PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 50,
    "ALLOWED_HOSTS": "creator.example",
    "DATABASE_URL": "postgres://creator@db/creator",
    "BROKER_URL": "amqp://creator:word@broker//",
    "REDIS_URL": "redis://:word@cache:6379/0",
    "S3_BUCKET": "creator",
}


NO_PASSWORD = "REDIS_URL must contain a password in production, as in redis://:password@host:6379/0"


def test_production_has_defaults_of_its_own():
    config = read_config(PRODUCTION)
    assert (config.environment, config.https, config.log_format, config.cpu_nodes, config.demo_account) == (
        Environment.PRODUCTION, True, "json", 0, False,
    )  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "ENVIRONMENT"])
def test_production_names_what_it_lacks(name):
    with pytest.raises(ConfigError) as refused:
        read_config({**PRODUCTION, name: ""})
    assert str(refused.value) == f"{name} must be set in production"


def test_production_names_all_that_it_lacks_at_once():
    with pytest.raises(ConfigError) as refused:
        read_config({"ENVIRONMENT": "production", "LOG_LEVEL": "loud", "CPU_NODES": "few", "DEBUG": "true"})
    named = [line.split()[0] for line in str(refused.value).splitlines()]
    assert named == [
        "CPU_NODES", "LOG_LEVEL", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL", "REDIS_URL",
        "S3_BUCKET", "DEBUG",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY must be at least 50 characters in production"),
        ("DEBUG", "true", "DEBUG must be off in production"),
        (
            "S3_ENDPOINT_URL",
            "http://minio:9000",
            "S3_PUBLIC_URL must be an https:// address: the pages are, and browsers load no picture without it",
        ),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must list host names in production, not *"),
        (
            "SECRET_KEY_FALLBACKS",
            f"{'s' * 50},short",
            "SECRET_KEY_FALLBACKS must be keys of at least 50 characters in production",
        ),
        (
            "CONFIRM_ADDRESSES",
            "false",
            "CONFIRM_ADDRESSES must be on in production: without it, a sign-up tells who has an account",
        ),
        (
            "STRIPE",
            "fake",
            "STRIPE and STRIPE_API_URL must be empty in production: the fake Stripe takes no money",
        ),
        ("REDIS_URL", "redis://cache:6379/0", NO_PASSWORD),
        ("REDIS_URL", "redis://someone@cache:6379/0", NO_PASSWORD),
        ("REDIS_URL", "rediss://:@cache:6379/0", NO_PASSWORD),
        ("REDIS_URL", "redis://127.0.0.1:6379/0", NO_PASSWORD),
        (
            "BROKER_URL",
            "amqp://guest:guest@broker//",
            "BROKER_URL must name a user other than guest in production",
        ),
    ],
)
def test_production_refuses_what_is_not_safe(name, value, words):
    with pytest.raises(ConfigError) as refused:
        read_config({**PRODUCTION, name: value})
    assert str(refused.value) == words
