"""Plans a week through a client that openapi-python-client made of web/openapi.json.

Everything goes through the generated functions and models: what they cannot say or read, others' tools cannot either.
Takes the server's address.
"""

import datetime
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from http import HTTPStatus
from types import ModuleType
from typing import Any
from uuid import UUID

import raally_client
from raally_client import AuthenticatedClient, Client
from raally_client.api.auth import me, sign_in, sign_up
from raally_client.api.people import add_availability, add_job_title, add_person, get_person, list_people
from raally_client.api.planning import add_assignment, add_time_off, get_assignment
from raally_client.api.projects import add_project
from raally_client.api.schedule import dashboard, redo, undo
from raally_client.models import (
    AssignmentStatus,
    Dashboard,
    EffortBody,
    NewAssignment,
    NewAvailability,
    NewJobTitle,
    NewPerson,
    NewProject,
    NewTimeOff,
    Per,
    Problem,
    Role,
    SignIn,
    SignUp,
)

MONDAY = datetime.date(2026, 3, 2)
SUMMER = datetime.date(2026, 7, 6)
FRIDAY = datetime.date(2026, 3, 6)
EMAIL = "ana@example.com"
PASSWORD = "correct horse battery"
HOUR = 60
# What is read only of a workspace that is being closed.
EXPECTED_TO_REFUSE = ("get_closing_export",)


def import_all() -> list[ModuleType]:
    """Every module of the client, so that one which is broken is found though nobody here calls it."""
    found = pkgutil.walk_packages(raally_client.__path__, "raally_client.")
    return [importlib.import_module(module.name) for module in found]


def said(status: HTTPStatus, call: Callable[..., Any], **given: Any) -> Any:
    """What an operation answers, parsed; it must have that status."""
    response = call(**given)
    assert response.status_code == status, f"{call.__module__}: {response.status_code} {response.content!r}"
    return response.parsed


def signed_in(server: str) -> tuple[AuthenticatedClient, str]:
    """Makes an account with a workspace, signs in, and says which workspace it is."""
    stranger = Client(base_url=server)
    account = SignUp(email=EMAIL, password=PASSWORD, full_name="Ana Maia", workspace="Contract")
    said(HTTPStatus.CREATED, sign_up.sync_detailed, client=stranger, body=account)
    wrong = SignIn(email=EMAIL, password="not the password")
    refused = said(HTTPStatus.UNAUTHORIZED, sign_in.sync_detailed, client=stranger, body=wrong)
    assert isinstance(refused, Problem) and refused.status == HTTPStatus.UNAUTHORIZED

    right = SignIn(email=EMAIL, password=PASSWORD)
    session = said(HTTPStatus.OK, sign_in.sync_detailed, client=stranger, body=right)
    client = AuthenticatedClient(base_url=server, token=session.access_token)
    user = said(HTTPStatus.OK, me.sync_detailed, client=client)
    assert user.user.email == EMAIL
    [tenant] = user.tenants
    assert tenant.role == Role.ADMIN
    return client, tenant.slug


def figures(client: AuthenticatedClient, tenant: str) -> Dashboard:
    return said(HTTPStatus.OK, dashboard.sync_detailed, client=client, tenant=tenant, from_=MONDAY, to=FRIDAY)


def plan(client: AuthenticatedClient, tenant: str) -> UUID:
    place = {"client": client, "tenant": tenant}
    made = HTTPStatus.CREATED
    person = said(made, add_person.sync_detailed, **place, body=NewPerson(full_name="Bruno Lima"))
    week = NewAvailability(effective_date=MONDAY, weekly_minutes=40 * HOUR)
    said(made, add_availability.sync_detailed, **place, id=person.id, body=week)
    title = NewJobTitle(title="Engineer", effective_date=MONDAY)
    said(made, add_job_title.sync_detailed, **place, id=person.id, body=title)
    holiday = NewTimeOff(person_id=person.id, from_=SUMMER, to=SUMMER)
    off = said(made, add_time_off.sync_detailed, **place, body=holiday)
    assert off.from_ == SUMMER
    project = said(made, add_project.sync_detailed, **place, body=NewProject(name="Harbour", client="Port of Recife"))
    body = NewAssignment(
        person_id=person.id,
        project_id=project.id,
        start=MONDAY,
        end=FRIDAY,
        effort=EffortBody(per=Per.WEEK, minutes=30 * HOUR),
        status=AssignmentStatus.CONFIRMED,
    )
    booked = said(made, add_assignment.sync_detailed, **place, body=body)
    assert [t.person_id for t in booked.touched] == [person.id]
    found = said(HTTPStatus.OK, list_people.sync_detailed, **place, q="bruno")
    assert (found.total, found.items[0].id, found.next_cursor) == (1, person.id, None)

    now = figures(client, tenant)
    assert (now.capacity_minutes, now.booked_minutes, now.idle_minutes) == (2400, 1800, 600), now
    assert now.utilization == 0.75 and now.people.partly_idle == 1, now
    assert [(p.name, p.booked_minutes) for p in now.projects] == [("Harbour", 1800)]

    said(HTTPStatus.OK, undo.sync_detailed, **place)
    now = figures(client, tenant)
    assert (now.booked_minutes, now.idle_minutes, now.utilization) == (0, 2400, 0), now
    gone = said(HTTPStatus.NOT_FOUND, get_assignment.sync_detailed, **place, id=booked.id)
    assert isinstance(gone, Problem)

    said(HTTPStatus.OK, redo.sync_detailed, **place)
    assert figures(client, tenant).booked_minutes == 1800
    again = said(HTTPStatus.OK, get_assignment.sync_detailed, **place, id=booked.id)
    assert (again.project_id, again.start, again.end) == (project.id, MONDAY, FRIDAY)

    nothing = said(HTTPStatus.CONFLICT, redo.sync_detailed, **place)
    assert isinstance(nothing, Problem) and nothing.detail, nothing
    empty = said(HTTPStatus.UNPROCESSABLE_ENTITY, add_person.sync_detailed, **place, body=NewPerson(full_name=" "))
    assert [e.pointer for e in empty.errors] == ["/full_name"], empty
    strangers = AuthenticatedClient(base_url=str(client.get_httpx_client().base_url), token="none")
    said(HTTPStatus.UNAUTHORIZED, get_person.sync_detailed, client=strangers, tenant=tenant, id=person.id)
    return person.id


def read_all(modules: list[ModuleType], client: AuthenticatedClient, known: dict[str, Any]) -> int:
    """Calls every operation that only reads and needs no more than what is known: each answer must be as documented."""
    read = 0
    for module in modules:
        name = module.__name__.rpartition(".")[2]
        call = getattr(module, "sync_detailed", None)
        if call is None or not (name.startswith(("list_", "get_")) or name in ("me", "schedule", "dashboard")):
            continue
        parameters = inspect.signature(call).parameters.values()
        needed = [p.name for p in parameters if p.default is p.empty and p.name != "client"]
        if set(needed) - set(known) or name in EXPECTED_TO_REFUSE:
            continue
        answer = said(HTTPStatus.OK, call, client=client, **{p: known[p] for p in needed})
        assert answer is not None and not isinstance(answer, Problem), name
        read += 1
    return read


def main() -> None:
    modules = import_all()
    client, tenant = signed_in(sys.argv[1])
    person = plan(client, tenant)
    known = {"tenant": tenant, "from_": MONDAY, "to": FRIDAY}
    read = read_all(modules, client, known)
    of_person = [m for m in modules if ".api.people." in m.__name__]
    read += read_all(of_person, client, known | {"id": person})
    print(f"    {len(modules)} modules import; the client signed in, planned, undid and read {read} kinds of answers")


main()
