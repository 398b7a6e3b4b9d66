"""Pages need people with credits, and a node that can run presets."""

from tests.conftest import cast  # noqa: F401  (in place of the one of tests/billing)
from tests.jobs.web.conftest import able_node  # noqa: F401
