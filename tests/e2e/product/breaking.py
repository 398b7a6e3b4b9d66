"""Settings of a product in which a request with the header `X-Break` meets a bug, below all middleware of ours."""

from creator.settings import *  # noqa: F403

MIDDLEWARE = [*MIDDLEWARE, "tests.e2e.product.breaking_middleware.BreakingMiddleware"]  # noqa: F405
