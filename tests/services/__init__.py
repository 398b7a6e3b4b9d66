"""Private PostgreSQL, RabbitMQ, Redis, an S3 server and nginx on free ports, without Docker, as root or not.

Tests, `make services`, benchmarks and chaos runs use them and may kill, wipe and fill them.
This package imports nothing of the product.
"""

from tests.services.stack import Stack

__all__ = ["Stack"]
