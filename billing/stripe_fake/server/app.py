"""The ASGI application: the API under /v1, the pages, and the faults that tests of another process ask for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from billing.stripe_fake.errors import StripeError
from billing.stripe_fake.faults import Fault
from billing.stripe_fake.forms import read_form
from billing.stripe_fake.keys import check_key
from billing.stripe_fake.server import checkout_page, control_page, invoice_page, portal_page
from billing.stripe_fake.server.html import page
from billing.stripe_fake.server.store import Store
from billing.stripe_fake.world import Row, World

TICK_S = 1.0
Show = Callable[[World, str, Row], Response]
PAGES: tuple[tuple[str, Show, Show], ...] = (
    ("/", control_page.show, control_page.act),
    ("/checkout/{id}", checkout_page.show, checkout_page.act),
    ("/invoices/{id}", invoice_page.show, invoice_page.act),
    ("/portal/{id}", portal_page.show, portal_page.act),
)


class Site:
    """Serves a world whose clock follows the machine's, and saves it after each change."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/{rest:path}", self._api, methods=["GET", "POST", "DELETE"]),
                Route("/_fault", self._fault, methods=["POST", "DELETE"]),
                Route("/_world", self._count),
                *(self._page(*each) for each in PAGES),
            ],
            lifespan=self._ticking,
        )

    async def _api(self, request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body.decode())

    def _answer(self, request: Request, body: str) -> Response:
        self._keep_time()
        try:
            check_key(request.headers.get("Authorization", ""), is_live=self._world.is_live)
            status, answer = self._world.handle(
                request.method,
                request.url.path,
                read_form(body or request.url.query),
                idempotency_key=request.headers.get("Idempotency-Key"),
                version=request.headers.get("Stripe-Version"),
            )
        except StripeError as refused:
            status, answer = refused.status, refused.body()
        except ConnectionError:
            # Less than it promises: the server closes the connection.
            return Response(headers={"Content-Length": "1"})
        finally:
            if request.method != "GET":
                self._store.save(self._world)
        return JSONResponse(answer, status)

    def _page(self, path: str, show: Show, act: Show) -> Route:
        async def endpoint(request: Request) -> Response:
            if not _is_from_here(request):
                return page("This form was sent by another site", status=403)
            form = read_form((await request.body()).decode())
            work = act if request.method == "POST" else show
            return await run_in_threadpool(self._work, work, request.path_params.get("id", ""), form)

        return Route(path, endpoint, methods=["GET", "POST"])

    def _work(self, work: Show, id: str, form: Row) -> Response:
        self._keep_time()
        try:
            with self._world.at_work():
                return work(self._world, id, form)
        except StripeError as refused:
            return page("That is not possible", f"<p>{escape(refused.message)}</p>", status=refused.status)
        finally:
            if form:
                self._store.save(self._world)

    def _keep_time(self) -> None:
        with self._world.at_work():
            now = max(int(datetime.now(UTC).timestamp()), self._world.now)
            self._world.advance(datetime.fromtimestamp(now, UTC))

    async def _fault(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear()
        else:
            self._world.faults.add(Fault(**json.loads(await request.body())))
        return JSONResponse({})

    async def _count(self, request: Request) -> Response:
        with self._world.at_work():
            return JSONResponse({kind: len(self._world.all(kind)) for kind in self._world.rows})

    @contextlib.asynccontextmanager
    async def _ticking(self, app: Starlette) -> AsyncIterator[None]:
        async def tick() -> None:
            while True:
                await run_in_threadpool(self._keep_time)
                await asyncio.sleep(TICK_S)

        task = asyncio.create_task(tick())
        yield
        task.cancel()


def _is_from_here(request: Request) -> bool:
    """Whether a form was sent by a page of this server. Browsers name the origin of a form."""
    origin = request.headers.get("Origin")
    return request.method == "GET" or origin is None or urlsplit(origin).netloc == request.url.netloc
