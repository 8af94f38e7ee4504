"""Whom each page of the desk is for: judged by a person, and never read off the code that it judges.

A route that is not here fails `tests/contracts/test_every_page_was_judged.py`: whoever adds one says here
whose work it is, and whether it is about one client, whom then only their team sees, or who said why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

ROLES = ("intake", "case_manager", "supervisor", "directory_editor", "admin")
ANYONE = "anyone"
ASSETS = "GET /assets/{digest}/{name:path}"


@dataclass(frozen=True, slots=True)
class Page:
    """One route: the roles whose work it is, whether it is about one client, and what it is sent."""

    roles: frozenset[str]
    about_client: bool = False
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """What stands in its path besides ids; ids, here as well, are filled in from the things of the client."""

    def sent(self, **form: str) -> Page:
        """The same, with what its form has to hold."""
        return replace(self, form=form)

    def at(self, **path: str) -> Page:
        """The same, with words of its path."""
        return replace(self, path=path)


def page(*roles: str) -> Page:
    """A page of these roles that is about no one client."""
    return Page(frozenset(roles))


def client(*roles: str) -> Page:
    """A page of these roles about one client."""
    return Page(frozenset(roles), about_client=True)


ONCE = "01960000-0000-7000-8000-0000000000bb"
CLIENTS = ("intake", "case_manager", "supervisor")
WRITERS = ("intake", "case_manager")
ASKERS = ("case_manager", "supervisor")
EDITORS = ("supervisor", "directory_editor")
CHECKERS = (*EDITORS, "case_manager")


def _door() -> dict[str, Page]:
    return {
        "GET /sign-in": page(ANYONE),
        "POST /sign-in": page(ANYONE),
        "GET /sign-in/elsewhere": page(ANYONE),
        "GET /sign-in/return": page(ANYONE),
        "GET /sign-out/elsewhere": page(ANYONE),
        ASSETS: page(ANYONE),
        "GET /": page(*ROLES),
        "GET /kept": page(*ROLES),
        "POST /sign-out": page(*ROLES),
        "GET /account": page(*ROLES),
        "GET /account/password": page(*ROLES),
        "POST /account/password": page(*ROLES),
        "POST /account/sessions/end": page(*ROLES),
        "POST /account/sessions/{session_id}/end": page(*ROLES),
        "GET /people": page("admin"),
        "GET /people/add": page("admin"),
        "POST /people/add": page("admin"),
        "POST /people/teams": page("admin"),
        "GET /people/{staff_id}": page("admin"),
        "POST /people/{staff_id}": page("admin"),
        "POST /people/{staff_id}/end": page("admin"),
        "POST /people/{staff_id}/return": page("admin"),
        "POST /people/{staff_id}/password": page("admin"),
        "GET /access": page("supervisor"),
        "GET /access.csv": page("supervisor"),
        "GET /access/reasons": page("supervisor"),
        "POST /access/reasons/{glass_id}/seen": page("supervisor"),
        # Who may not see the client is who these are for; they show nothing of them.
        "GET /clients/{client_id}/reason": page(*CLIENTS),
        "POST /clients/{client_id}/reason": page(*CLIENTS),
        # For services with a token; nobody who is signed in is one.
        "GET /history": page(),
    }


def _work() -> dict[str, Page]:
    manager = client("case_manager").sent(once=ONCE, version="1")
    return {
        "GET /today": page(*ASKERS),
        "POST /today/claim": page("case_manager").sent(once=ONCE),
        "POST /today/hand-over": page(*ASKERS).sent(once=ONCE),
        "GET /tasks/{task_id}": client(*CLIENTS),
        "POST /tasks/{task_id}/claim": manager,
        "POST /tasks/{task_id}/begin": manager,
        "POST /tasks/{task_id}/done": manager,
        "POST /tasks/{task_id}/could-not": manager,
        "POST /tasks/{task_id}/cancel": manager,
        "POST /tasks/{task_id}/hand-over": client(*ASKERS).sent(once=ONCE, version="1"),
        "POST /tasks/{task_id}/seen": client(*CLIENTS),
        "GET /live": Page(frozenset(CLIENTS), about_client=True, query={"topic": "{client_id}"}),
        "GET /team": page("supervisor"),
        "GET /team.csv": page("supervisor"),
        "GET /team/clients": page("supervisor"),
        "POST /team/assign": page("supervisor"),
        "GET /partners": page(*ASKERS),
        "GET /partners.csv": page("supervisor"),
        "GET /figures/barriers": page("supervisor"),
        "GET /figures/barriers.csv": page("supervisor"),
        "GET /figures/unmet": page("supervisor"),
        "GET /figures/unmet.csv": page("supervisor"),
        "GET /playbook": page(*CLIENTS),
        "POST /playbook/heard": page(*WRITERS),
        "GET /playbook/every-kind": page(*CLIENTS),
        "GET /playbook/versions": page(*CLIENTS),
        "GET /playbook/versions/{number}": page(*CLIENTS).at(number="1"),
        "GET /playbook/versions/{number}/restore": page("supervisor").at(number="1"),
        "POST /playbook/versions/{number}/restore": page("supervisor").at(number="1"),
        "GET /playbook/copy": page("supervisor"),
        "GET /playbook/copy/{name}": page("supervisor").at(name="transport"),
        "POST /playbook/copy/{name}": page("supervisor").at(name="transport"),
        "POST /playbook/copy/{name}/keep": page("supervisor").at(name="transport"),
        "POST /playbook/copy/{name}/take-back": page("supervisor").at(name="transport"),
        "POST /playbook/copy/try": page("supervisor"),
        "GET /playbook/copy/trial": page("supervisor"),
        "POST /playbook/copy/bring-up": page("supervisor"),
        "POST /playbook/copy/discard": page("supervisor"),
        "POST /playbook/copy/publish": page("supervisor"),
        "GET /playbook/{category}": page(*CLIENTS).at(category="transport"),
        "GET /directory": page(*CLIENTS, "directory_editor"),
        "GET /directory/{service_id}": page(*CLIENTS, "directory_editor").at(service_id=ONCE),
        "GET /directory/{service_id}/history": page(*CLIENTS, "directory_editor").at(service_id=ONCE),
    }


def _directory() -> dict[str, Page]:
    reader, checker = ("case_manager", "supervisor", "directory_editor", "intake"), CHECKERS
    service = {"edit": EDITORS, "check": checker, "report": reader, "close": checker}
    one = {
        f"{method} /directory/{{service_id}}/{part}": page(*roles).at(service_id=ONCE)
        for part, roles in service.items()
        for method in ("GET", "POST")
    }
    brought = page("directory_editor", "admin").at(import_id=ONCE)
    imports = ("", "/{import_id}", "/{import_id}/rows.csv", "/{import_id}/rows.json")
    moves = ("", "/{import_id}/content", "/{import_id}/run", "/{import_id}/leave")
    return {
        **one,
        **{f"GET /directory/imports{part}": brought for part in imports},
        **{f"POST /directory/imports{part}": brought for part in moves},
        "POST /directory/{service_id}/settle": page(*EDITORS).at(service_id=ONCE),
        "GET /directory/reports": page(*reader),
        "GET /directory/reports/{report_id}": page(*reader).at(report_id=ONCE),
        "POST /directory/reports/{report_id}": page(*EDITORS).at(report_id=ONCE),
    }


def _intake() -> dict[str, Page]:
    # Drafts are their maker's only; none of these is of anybody here, and so is not found.
    draft = page(*WRITERS).at(draft_id=ONCE, part="who")
    imported = page("intake", "supervisor").at(import_id=ONCE, line="1")
    return {
        "GET /clients": page(*CLIENTS),
        # The beginning of the name of somebody whom only one team may find.
        "POST /clients": page(*CLIENTS).sent(name="Zephyr"),
        "GET /clients/{client_id}/same": client(*CLIENTS),
        "GET /clients/{client_id}/joined": client(*CLIENTS),
        "POST /clients/{client_id}/same": client(*CLIENTS).sent(decide="else:{client_id}", once=ONCE),
        "GET /clients/import": imported,
        "POST /clients/import": imported,
        "GET /clients/import/{import_id}": imported,
        "POST /clients/import/{import_id}/run": imported,
        "POST /clients/import/{import_id}/rows/{line}": imported,
        "GET /clients/import/{import_id}/report.csv": imported,
        "GET /intake": page(*WRITERS),
        "POST /intake": page(*WRITERS),
        "GET /intake/{draft_id}": draft,
        "GET /intake/{draft_id}/check": draft,
        "GET /intake/{draft_id}/{part}": draft,
        "POST /intake/{draft_id}/{part}": draft,
        "POST /intake/{draft_id}/{part}/heard": draft,
        "POST /intake/{draft_id}/who/alike": draft,
        "POST /intake/{draft_id}/discard": draft,
        "POST /intake/{draft_id}/finish": draft,
    }


def _one_client() -> dict[str, Page]:
    one, barrier = "/clients/{client_id}", "/clients/{client_id}/barriers/{barrier_id}"
    referral, plan = "/clients/{client_id}/referrals/{referral_id}", "/clients/{client_id}/plans/{plan_id}"
    read, write, help_, ask = client(*CLIENTS), client(*WRITERS), client("case_manager"), client(*ASKERS)
    reads = (
        "",
        "/way",
        "/referrals",
        "/referrals/{referral_id}",
        "/messages",
        "/about",
        "/timeline",
        "/sheet",
    )
    forms = {
        f"{one}/goals/new": write,
        f"{one}/rulers/new": write,
        f"{one}/barriers/new": write,
        f"{one}/conversations/new": write,
        f"{one}/balance": write,
        f"{one}/consents/new": write,
        f"{one}/consents/{{consent_id}}/take-back": write,
        f"{one}/messages/{{wanted}}": read.at(wanted="stop"),
        f"{barrier}/wish": write,
        f"{barrier}/move/{{way}}": help_.at(way="ease"),
        f"{barrier}/setback": help_,
        f"{barrier}/category": help_,
        f"{barrier}/steps/new": help_,
        f"{one}/steps/{{step_id}}/{{way}}": help_.at(way="done"),
        f"{plan}/{{way}}": help_.at(way="agree"),
        f"{referral}/choice": ask,
        f"{referral}/send": ask,
        f"{referral}/answer": ask,
        f"{referral}/cancel": ask,
        f"{referral}/decline": read,
        f"{referral}/confirm": read,
    }
    return {
        **{f"GET {one}{part}": read for part in (*reads, "/consents", "/why/{entry_id}")},
        **{f"{method} {path}": judged for path, judged in forms.items() for method in ("GET", "POST")},
    }


PAGES: Mapping[str, Page] = _door() | _work() | _directory() | _intake() | _one_client()
