from __future__ import annotations

from typing import Any

from django.urls import get_resolver
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.settings import patched_settings

from creator.api.document import parts
from creator.api.document.operations import Operation
from creator.api.document.refusals import error_list
from creator.api.views import ApiView

PREFIX = "/api/v1/"
SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": parts.TITLE,
    "DESCRIPTION": parts.DESCRIPTION,
    "VERSION": parts.VERSION,
    "SCHEMA_PATH_PREFIX": PREFIX,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["creator.api.document.sharing.share"],
    "TAGS": [{"name": name, "description": text} for name, text in parts.TAGS.items()],
    "SERVERS": [{"url": "/"}],
    "EXTENSIONS_ROOT": {"x-errors": error_list()},
    "APPEND_COMPONENTS": {
        "securitySchemes": parts.SECURITY,
        "headers": parts.HEADERS,
        "parameters": parts.PARAMETERS,
    },
}


def build_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of everything below `/api/v1/` that programs call."""
    with patched_settings(SETTINGS):
        document: dict[str, Any] = Generator().get_schema(public=True)
    return document


class Endpoints(EndpointEnumerator):
    """The described views below `/api/v1/`; those of functions as views that only declare."""

    def _get_api_endpoints(self, patterns: Any, prefix: str) -> list[tuple[str, str, str, Any]]:
        found = []
        inside = [each for each in get_resolver().url_patterns if str(each.pattern) == PREFIX[1:]]
        for each in inside:
            for route in getattr(each, "url_patterns", ()):
                regex = f"{PREFIX[1:]}{route.pattern}"
                view = _declaring(route.callback)
                methods = view.cls.answers if view else ()
                found += [(self.get_path_from_regex(regex), regex, method, view) for method in methods]
        return found


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Endpoints

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        self._set_schema_to_view(view, Operation())
        view.schema.view = view
        return view


def _declaring(callback: Any) -> Any:
    """A view of REST framework, or None for a page."""
    if hasattr(callback, "cls"):
        return callback
    description = getattr(callback, "description", None)
    if description is None:
        return None
    methods = {method.lower(): callback for method in description.answers}
    said = {**vars(description), **methods, "__doc__": callback.__doc__}
    view: type[ApiView] = type(callback.__name__, (ApiView,), said)
    return view.as_view()
