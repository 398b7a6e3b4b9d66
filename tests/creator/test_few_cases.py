"""A few good and bad requests to every operation; `make fuzz-api` sends thousands to the running product.

Each answer is one that the document has: status, headers, body and code.
"""

import json

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from schemathesis.specs.openapi import checks

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.api.openapi import DOCUMENT

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

API = json.loads(DOCUMENT.read_text())
OPERATIONS = [each["operationId"] for methods in API["paths"].values() for each in methods.values()]
CASES = hypothesis.settings(
    max_examples=2,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
CONFORMS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def keys(transactional_db, cast, presets, rings):
    """Who calls → the headers."""
    made = {
        who: make_api_key(owner=getattr(cast, who), name="few", scopes=list(Scope))[1]
        for who in ("owner", "other")
    }
    return {who: {"X-API-Key": secret} for who, secret in made.items()} | {"anonymous": {}}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_of_the_document(name, keys):
    schema = schemathesis.openapi.from_dict(API)
    schema.app = get_wsgi_application()
    operation = schema.find_operation_by_id(name)

    @CASES
    @hypothesis.given(
        case=hypothesis.strategies.one_of(
            operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode
        )
    )
    def send(case):
        for who, headers in keys.items():
            answer = case.call(headers=headers)
            assert answer.status_code < 500
            assert (
                who != "anonymous"
                or answer.status_code >= 400
                or operation.definition.raw["security"] == [{}]
            )
            case.validate_response(answer, checks=CONFORMS)

    send()
