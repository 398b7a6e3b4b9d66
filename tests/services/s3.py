from __future__ import annotations

import sys
from pathlib import Path

from tests.services.process import Server

KEY, SECRET = "creator-tests", "creator-tests-secret"


class S3(Server):
    """A small S3 server that checks signatures and their expiry."""

    name = "s3"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = Path(sys.executable).parent / "nanio"
        where = ["--data-dir", str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)]
        self.spawn(
            [str(program), "serve", *where, "--log-level", "warning", "--no-access-log"],
            {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET},
        )

    def make_bucket(self, name: str) -> None:
        """Creates the bucket unless it exists."""
        import boto3

        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        if name not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
            client.create_bucket(Bucket=name)
