"""What schemathesis loads: real ids in paths, and checks of ours.

`FUZZ` in the environment says who calls, and which ids the owner has.
"""

import json
import os
import random
import uuid

import schemathesis

RUN = json.loads(os.environ["FUZZ"])
ROLE, IDS, OWN_KEY = RUN["role"], RUN["ids"], RUN["own_key"]

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Half of the ids are those of the owner's rows."""
    for name in path_parameters or {}:
        if IDS.get(name) and random.random() < 0.5:
            path_parameters[name] = random.choice(IDS[name])
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """The key that this run itself calls with stays."""
    if (case.path_parameters or {}).get("key_id") == OWN_KEY:
        case.path_parameters["key_id"] = str(uuid.uuid4())


@schemathesis.check
def codes_are_those_of_the_document(context, response, case):
    """Each error has a code that the operation lists for its status."""
    if response.status_code < 400 or response.status_code == 405:
        return
    answer = case.operation.responses.get(str(response.status_code))
    code = response.json()["error"]["code"]
    listed = answer.definition.get("x-codes", ()) if answer else ()
    assert code in listed, f"{code} is not in the document"


@schemathesis.check
def nothing_of_the_owner_for_others(context, response, case):
    """An id of the owner opens nothing to anybody else, and does not tell that it exists."""
    given = set((case.path_parameters or {}).values())
    if ROLE != "owner" and given & {each for ids in IDS.values() for each in ids}:
        assert response.status_code >= 400, f"{ROLE} got {response.status_code}"
