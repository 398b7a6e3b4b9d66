"""Beyond the contract: the graphs of presets, for people to start from."""

from __future__ import annotations

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Scope
from creator.api.description import File
from creator.api.fields import whole_address
from creator.api.views import ApiView
from jobs.api_v2.schemas.workflows import WorkflowListAnswer
from jobs.api_v2.submitting import photo_targets
from jobs.catalogue import get_offered, graph_of, offered_presets
from jobs.presets.recognition import starting_graph


class Workflows(ApiView):
    """`GET /workflows`: the presets on offer, with the addresses of their graphs."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: WorkflowListAnswer}}

    def get(self, request: Request) -> Response:
        found = [
            {
                "offer": each,
                "photo_input": next(map(str, photo_targets(each.manifest)), None),
                "url": whole_address(request, reverse("v2_workflow", args=[each.preset.slug])),
            }
            for each in offered_presets()
        ]
        return Response(WorkflowListAnswer({"workflows": found}).data)


class OneWorkflow(ApiView):
    """`GET /workflows/{slug}`: the graph of a preset in the API format, with its default settings."""

    scopes = {"GET": Scope.JOBS_READ}
    answers = {"GET": {200: File("application/json")}}

    def get(self, request: Request, slug: str) -> Response:
        offer = get_offered(slug)
        return Response(starting_graph(offer.manifest, graph_of(offer.version)))
