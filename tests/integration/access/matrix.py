"""Who may call what: judged by a person, route by route, and never read off the code that it judges.

A route that is not here fails `tests/contracts/test_every_route_was_judged.py`: whoever adds one says here
whom it is for, and if partners may ask it about one of their things, gives a body that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ANYONE = "anyone"
ROLES = ("intake", "case_manager", "supervisor", "admin", "directory_editor")
"""Staff have these, and act by nothing else."""


@dataclass(frozen=True, slots=True)
class Row:
    """One route: its callers, and a body that it takes."""

    callers: frozenset[str]
    body: Mapping[str, object] = field(default_factory=dict)
    takes_what_it_shows: bool = False
    """Whether it takes the very thing that can be read at its address, with the ETag that came with it."""

    @property
    def is_for_partners(self) -> bool:
        """Whether partners' keys open it; then it shows their own things only."""
        return any(name.startswith("partner:") for name in self.callers)


def of(*callers: str, **body: object) -> Row:
    """Say whom a route is for."""
    return Row(frozenset(callers), body)


def _intake() -> dict[str, Row]:
    write, read = of("intake", "case_manager"), of("intake", "case_manager", "supervisor", "admin")
    decide, importers = of("intake", "case_manager", "supervisor"), of("intake", "supervisor")
    return {
        "POST /clients": write,
        "POST /clients/search": read,
        "POST /clients/duplicates": read,
        "POST /clients/{client_id}/merge": decide,
        "POST /clients/{client_id}/split": decide,
        "POST /clients/{client_id}/someone-else": decide,
        "GET /clients/{client_id}/records": read,
        "POST /clients/{client_id}/conversations": write,
        "GET /clients/{client_id}/conversations": read,
        "GET /clients/{client_id}/talk": read,
        "PUT /clients/{client_id}/balance": write,
        "GET /clients/{client_id}/balance": read,
        "POST /imports": importers,
        "GET /imports": importers,
        "GET /imports/{import_id}": importers,
        "POST /imports/{import_id}/run": importers,
        "GET /imports/{import_id}/rows": importers,
        "GET /imports/{import_id}/report.csv": importers,
        "POST /imports/{import_id}/rows/{line}/decision": importers,
        "GET /clients": read,
        "GET /clients/{client_id}": read,
        "PATCH /clients/{client_id}": write,
        "POST /clients/{client_id}/consents": write,
        "POST /clients/{client_id}/consents/{consent_id}/revocation": write,
        "GET /clients/{client_id}/consents": read,
        "POST /clients/{client_id}/goals": write,
        "GET /clients/{client_id}/goals": read,
        "POST /clients/{client_id}/readiness": write,
        "GET /clients/{client_id}/readiness": read,
        "POST /clients/{client_id}/barriers": write,
        "GET /clients/{client_id}/barriers": read,
        "POST /clients/{client_id}/barriers/{barrier_id}/wish": write,
    }


def _barriers() -> dict[str, Row]:
    write = of("case_manager", "admin")
    read = of("intake", "case_manager", "supervisor", "admin", "service")
    playbook = of("intake", "case_manager", "supervisor", "admin", "directory_editor", "service")
    return {
        "GET /tasks": read,
        "GET /tasks/{task_id}": read,
        "POST /tasks/{task_id}/claim": write,
        "POST /tasks/{task_id}/start": write,
        "POST /tasks/{task_id}/done": write,
        "POST /tasks/{task_id}/could_not": write,
        "POST /tasks/{task_id}/cancel": write,
        # A case manager what is theirs or nobody's, the others anybody's: tests/integration/barriers.
        "POST /tasks/{task_id}/reassign": of("case_manager", "supervisor", "admin"),
        "GET /barriers": read,
        "GET /barriers/{barrier_id}": read,
        "POST /barriers/{barrier_id}/ease": write,
        "POST /barriers/{barrier_id}/persist": write,
        "POST /barriers/{barrier_id}/withdraw": write,
        "POST /barriers/{barrier_id}/reopen": write,
        "POST /barriers/{barrier_id}/setbacks": write,
        "POST /barriers/{barrier_id}/category": write,
        "POST /barriers/{barrier_id}/steps": write,
        "GET /steps": read,
        "GET /steps/{step_id}": read,
        "POST /steps/{step_id}/agree": write,
        "POST /steps/{step_id}/change": write,
        "POST /steps/{step_id}/pause": write,
        "POST /steps/{step_id}/progress": write,
        "POST /steps/{step_id}/done": write,
        "POST /steps/{step_id}/not_this_time": write,
        "POST /steps/{step_id}/smaller": write,
        "GET /wins": read,
        "GET /plans/{plan_id}": read,
        "POST /plans/{plan_id}/agree": write,
        "POST /plans/{plan_id}/rehearse": write,
        "POST /plans/{plan_id}/trigger": write,
        "POST /plans/{plan_id}/helped": write,
        "POST /plans/{plan_id}/did_not_help": write,
        "POST /plans/{plan_id}/revise": write,
        "GET /playbook": playbook,
        "GET /playbook/{category}": playbook,
        "GET /playbook/{category}/conversation": read,
        "POST /playbook/suggestions": read,
        "POST /playbook/check": of("supervisor"),
        "POST /playbook/trial": of("supervisor"),
        "GET /playbook/versions": playbook,
        "GET /playbook/versions/{number}": playbook,
        "POST /playbook/versions": of("supervisor"),
        "POST /playbook/versions/{number}/restore": of("supervisor"),
    }


def _navigation() -> dict[str, Row]:
    admins, workers = of("admin"), of("case_manager", "supervisor")
    webhook = of("admin", "partner:webhooks")
    read = of("intake", "case_manager", "supervisor", "admin")
    spoken_for = of("intake", "case_manager", "supervisor")
    directory = of("intake", "case_manager", "supervisor", "directory_editor", "admin")
    return {
        "GET /referrals": read,
        "GET /referrals/{referral_id}": read,
        "POST /referrals/{referral_id}/choice": workers,
        "POST /referrals/{referral_id}/send": workers,
        "POST /referrals/{referral_id}/client-declines": spoken_for,
        "POST /referrals/{referral_id}/answers": workers,
        "POST /referrals/{referral_id}/confirmation": spoken_for,
        "POST /referrals/{referral_id}/cancellation": workers,
        "POST /referrals/{referral_id}/entered-in-error": workers,
        "GET /clients/{client_id}/disclosures": read,
        "GET /clients/{client_id}/disclosures.csv": read,
        "GET /clients/{client_id}/disclosures.html": read,
        "GET /services": directory,
        "GET /services/{service_id}": directory,
        "PUT /services/{service_id}/capacity": of("case_manager", "supervisor", "directory_editor"),
        "PUT /services/{service_id}/clocks": of("case_manager", "supervisor", "directory_editor"),
        "PATCH /services/{service_id}": of(
            "supervisor", "directory_editor", version=0, values={"alert": "Ring first."}, why="They rang."
        ),
        "POST /services/{service_id}/checks": of("case_manager", "supervisor", "directory_editor"),
        "POST /services/{service_id}/closure": of(
            "case_manager", "supervisor", "directory_editor", why="A burst pipe."
        ),
        "POST /services/{service_id}/reopening": of("case_manager", "supervisor", "directory_editor"),
        "POST /services/{service_id}/corrections/{field}/decision": of(
            "supervisor", "directory_editor", keep="theirs"
        ),
        "GET /services/{service_id}/changes": directory,
        "POST /services/{service_id}/reports": of(
            "intake", "case_manager", "supervisor", "directory_editor", words="The number rings elsewhere."
        ),
        "GET /services/{service_id}/reports": directory,
        "GET /directory/reports": directory,
        "POST /directory/reports/{report_id}/resolution": of(
            "supervisor", "directory_editor", outcome="checked", words="It is right."
        ),
        "POST /directory/imports": of("directory_editor", "admin", source="newshire"),
        "PUT /directory/imports/{import_id}/content": of("directory_editor", "admin"),
        "POST /directory/imports/{import_id}/run": of("directory_editor", "admin"),
        "POST /directory/imports/{import_id}/cancellation": of("directory_editor", "admin"),
        "GET /directory/imports": of("directory_editor", "admin"),
        "GET /directory/imports/{import_id}": of("directory_editor", "admin"),
        "GET /directory/imports/{import_id}/rows": of("directory_editor", "admin"),
        "GET /directory/imports/{import_id}/rows.csv": of("directory_editor", "admin"),
        "POST /partners": admins,
        "GET /partners/{organization_id}/record": of("case_manager", "supervisor", "admin"),
        "GET /figures/loop": of("case_manager", "supervisor", "admin"),
        "GET /figures/loop.csv": of("case_manager", "supervisor", "admin"),
        "GET /figures/unmet": of("supervisor", "directory_editor", "admin"),
        "GET /figures/unmet.csv": of("supervisor", "directory_editor", "admin"),
        "GET /partner/figures": of("partner:referrals"),
        "GET /partners": admins,
        "POST /partners/{organization_id}/revocation": admins,
        "POST /partners/{organization_id}/keys": admins,
        "GET /partners/{organization_id}/keys": admins,
        "POST /partners/{organization_id}/keys/{key_id}/rotation": admins,
        "POST /partners/{organization_id}/keys/{key_id}/revocation": admins,
        "POST /partners/{organization_id}/email": admins,
        "GET /partners/{organization_id}/email": admins,
        "POST /partners/{organization_id}/email/end": admins,
        "GET /mailbox": admins,
        "GET /referrals/{referral_id}/links": of("case_manager", "supervisor", "admin"),
        "POST /referrals/{referral_id}/links": of("case_manager", "supervisor", "admin"),
        "POST /referrals/{referral_id}/links/revocation": of("case_manager", "supervisor", "admin"),
        # Whoever holds a link needs no account; the link itself is what opens.
        "GET /r/{token}": of(ANYONE),
        "POST /r/{token}": of(ANYONE),
        "POST /r/{token}/again": of(ANYONE),
        "GET /r/assets/{name}": of(ANYONE),
        "POST /partners/{organization_id}/nats": admins,
        "GET /partners/{organization_id}/nats": admins,
        "POST /partners/{organization_id}/nats/end": admins,
        "PUT /partners/{organization_id}/webhook": of(
            "admin", "partner:webhooks", url="http://127.0.0.1:9/nobody-listens-here"
        ),
        "GET /partners/{organization_id}/webhook": webhook,
        "GET /partners/{organization_id}/webhook/attempts": webhook,
        "GET /partners/{organization_id}/webhook/deliveries": webhook,
        "POST /partners/{organization_id}/webhook/secrets": webhook,
        "POST /partners/{organization_id}/webhook/disabling": webhook,
        "POST /partners/{organization_id}/webhook/enabling": webhook,
        "POST /partners/{organization_id}/webhook/test": webhook,
        "POST /partners/{organization_id}/webhook/replay": of(
            "admin", "partner:webhooks", after="2026-11-23T09:30:00Z"
        ),
        "GET /partner/referrals": of("partner:referrals"),
        "GET /partner/referrals/{referral_id}": of("partner:referrals"),
        "GET /partner/events": of("partner:referrals"),
        "POST /partner/referrals/{referral_id}/answers": of("partner:answers", said={"answer": "accept"}),
        "PUT /partner/services/{service_id}/capacity": of("partner:capacity", capacity="waitlist"),
        "GET /fhir/R4/metadata": of(ANYONE),
        "GET /fhir/R4/Task": of("partner:referrals"),
        "GET /fhir/R4/Task/{referral_id}": of("partner:referrals"),
        "PUT /fhir/R4/Task/{referral_id}": Row(frozenset({"partner:answers"}), takes_what_it_shows=True),
        "GET /fhir/R4/ServiceRequest": of("partner:referrals"),
        "GET /fhir/R4/ServiceRequest/{referral_id}": of("partner:referrals"),
        "GET /fhir/R4/Consent/{consent_id}": of("partner:referrals"),
        "PUT /partner/services/{service_id}/clocks": of("partner:capacity", progress_within_working_days=5),
    }


def _reminders() -> dict[str, Row]:
    read = of("intake", "case_manager", "supervisor", "service")
    spoken_for = of("intake", "case_manager", "supervisor")
    return {
        "GET /clients/{client_id}/messages": read,
        "GET /reminders/{reminder_id}": read,
        "POST /clients/{client_id}/stop": spoken_for,
        "POST /clients/{client_id}/start": spoken_for,
        "POST /replies": of("gateway", "service"),
        "GET /mailbox": of("intake", "case_manager", "supervisor", "admin", "service"),
    }


OPEN = {
    f"GET {path}": of(ANYONE)
    for path in (
        # How the service is, and nothing about anybody.
        "/livez",
        "/readyz",
        "/metrics",
        # How it is to be called, which is no secret either.
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
        "/static-offline-docs",
    )
}

OTHERS = {"GET /history": of("service:history")}
"""What every service shows to the others, and to nobody else."""

MATRIX: dict[str, dict[str, Row]] = {
    "intake": _intake() | OTHERS | OPEN,
    "barriers": _barriers() | OTHERS | OPEN,
    "navigation": _navigation() | OTHERS | OPEN,
    "reminders": _reminders() | OTHERS | OPEN,
}
APIS = tuple(MATRIX)
"""Services with an API. Pages are for people with a session, and are judged apart."""
