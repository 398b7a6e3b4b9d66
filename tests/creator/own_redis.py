"""A Redis of one test's own, to be killed and started again."""

import subprocess

from redis import Redis
from redis.exceptions import RedisError

from tests.jobs.execution.running import eventually


class OwnRedis:
    """A server at a socket in a folder: no port, nothing kept."""

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
