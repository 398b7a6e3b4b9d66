"""Pages need people with credits, and a node that can run presets."""

from tests.billing.usage.conftest import end_job  # noqa: F401
from tests.conftest import cast  # noqa: F401  (in place of the one of tests/billing)
from tests.jobs.web.conftest import able_node  # noqa: F401
