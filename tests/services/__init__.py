"""Private PostgreSQL, RabbitMQ, Redis and an S3 server on free ports, without Docker, as root or not.

For tests, `make services`, benchmarks and chaos runs, which kill, wipe and fill them. Nothing of the product is imported here.
"""

from tests.services.stack import Stack

__all__ = ["Stack"]
