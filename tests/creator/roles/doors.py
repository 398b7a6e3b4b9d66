"""What each kind of address answers to each role, and how a row of the table is read.

| cell | the answer |
| --- | --- |
| in | what the row says for those who may |
| sign-in, home, again | a redirect to that page; `again` asks for the password again |
| plan | 403 whatever the method: the plan has no keys |
| number | this status |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# unverified: gave the right password and has not confirmed the address yet. owner_later: has to give the password
# again before some acts, which the others did just now.
# read_key, write_key: keys of the owner that may only read, only write. no_plan_key: its owner's plan has no keys.
# staff, superuser: their address is not confirmed, so the staff's pages are closed to them too.
# token: an access token of the owner. old_token: one that has expired.
_TABLE = """
door         anonymous  unverified  owner    owner_later  other    staff    superuser  read_key  write_key  other_key  no_plan_key  expired_key  token    other_token  old_token
open         in         in          in       in           in       in       in         in        in         in         in           in           in       in           in
guest        in         in          home     home         home     home     home       in        in         in         in           in           in       in           in
unconfirmed  sign-in    in          sign-in  sign-in      sign-in  sign-in  sign-in    sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
leaving      302        302         in       in           in       in       in         302       302        302        302          302          302      302          302
person       sign-in    sign-in     in       in           in       in       in         sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
person_now   sign-in    sign-in     in       again        in       in       in         sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
owner        sign-in    sign-in     in       in           404      404      404        sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
owner_now    sign-in    sign-in     in       again        404      404      404        sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
new_app      sign-in    sign-in     302      again        in       in       in         sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
new_codes    sign-in    sign-in     in       again        200      200      200        sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
with_factor  sign-in    sign-in     in       in           again    again    again      sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
staff_area   sign-in    sign-in     403      403          403      403      403        sign-in   sign-in    sign-in    sign-in      sign-in      sign-in  sign-in      sign-in
api_read     401        401         401      401          401      401      401        in        403        in         plan         401          in       in           401
api_write    401        401         401      401          401      401      401        403       in         in         plan         401          in       in           401
owned_read   401        401         401      401          401      401      401        in        403        404        plan         401          in       404          401
owned_write  401        401         401      401          401      401      401        403       in         404        plan         401          in       404          401
program_out  401        401         401      401          401      401      401        401       401        401        401          401          in       in           401
page_socket  404        404         in       in           404      404      404        404       404        404        403          401          404      404          401
my_socket    404        404         in       in           in       in       in         404       404        404        403          401          404      404          401
job_socket   404        404         in       in           404      404      404        in        403        404        403          401          in       404          401
"""
API = "/api/v1/"
APIS = (API, "/api/v2/")
BROWSER_ONLY = "/api/v1/auth/google/callback"
"""A page below the API's path, to which Google sends a browser."""
TURNED_AWAY = ("sign-in", "home", "again", "401", "plan")
"""Cells of roles that a view turns away before it looks at the method."""

_HEAD, *_LINES = (line.split() for line in _TABLE.splitlines() if line)
ROLES: tuple[str, ...] = tuple(_HEAD[1:])
DOORS: dict[str, dict[str, str]] = {name: dict(zip(ROLES, cells, strict=True)) for name, *cells in _LINES}


@dataclass(frozen=True)
class Row:
    """Some methods of an address. `answers`: method → what those who may get in are answered: a status or a place.

    HEAD is answered as GET is, and the API answers OPTIONS to everybody. A method that no row of the address names is answered with 405: to everybody if
    `method_first`, else to those whom the view knows.
    """

    route: str
    door: str
    answers: dict[str, int | str]
    method_first: bool = False


def page(route: str, door: str, **answers: int | str) -> Row:
    """A page of ours: it looks at the method first."""
    return Row(route, door, answers, method_first=True)


def form(route: str, door: str, **answers: int | str) -> Row:
    """A page of allauth, which answers OPTIONS as every class-based view of Django does."""
    return Row(route, door, {"OPTIONS": 200, **answers})


def api(route: str, door: str, **answers: int | str) -> Row:
    """An address of the API: it looks at the key first."""
    return Row(route, door, answers)


def anything(route: str, door: str, answer: int | str) -> Row:
    """An address that answers every method alike."""
    return Row(route, door, dict.fromkeys(METHODS, answer))


def expected(rows: Iterable[Row], role: str, method: str) -> str:
    """The outcome that the rows of one address give this role."""
    for row in rows:
        if method == "OPTIONS" and row.route.startswith(APIS) and row.route != BROWSER_ONLY:
            return "204"
        answer = row.answers.get(method, row.answers.get("GET") if method == "HEAD" else None)
        if answer is not None:
            cell = DOORS[row.door][role]
            return str(answer) if cell == "in" else _outcome(cell)
    cell = DOORS[row.door][role]
    return _outcome(cell) if cell in TURNED_AWAY and not row.method_first else "405"


def _outcome(cell: str) -> str:
    return "403" if cell == "plan" else cell
