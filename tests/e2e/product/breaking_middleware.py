from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class BreakingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "X-Break" not in request.headers:
            return self.get_response(request)
        sent = {**request.POST.dict(), "body": request.body, "path": request.path}  # what a report may show
        raise RuntimeError(f"a bug with {len(sent)} local variables")
