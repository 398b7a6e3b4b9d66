"""A Redis private to one test, which may kill and restart it."""

import subprocess

from redis import Redis
from redis.exceptions import RedisError

from tests.jobs.execution.running import eventually


class OwnRedis:
    """Listens on a Unix socket in `folder`, on no port, and persists nothing."""

    def __init__(self, folder) -> None:
        self.path = folder / "redis.sock"
        self.address = f"unix://{self.path}"

    def start(self) -> None:
        command = [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            str(self.path),
            "--save",
            "",
            "--dir",
            str(self.path.parent),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with Redis.from_url(self.address) as client:
            eventually(lambda: answers(client))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
