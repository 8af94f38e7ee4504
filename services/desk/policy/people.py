"""What can be said of somebody who works here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from services.desk.model.staff import Role, Staff

LONGEST_NAME = 200
LAST_ADMIN = "Somebody has to look after accounts. Give that to a colleague first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a form says of somebody."""

    name: str
    email: str
    roles: frozenset[Role]
    team_ids: frozenset[UUID]


def said(name: str, email: str, roles: Collection[str], team_ids: Collection[UUID]) -> Said:
    """Read a form; what is no role is left out."""
    known = {role.value for role in Role}
    return Said(
        name=" ".join(name.split()),
        email=email.strip().lower(),
        roles=frozenset(Role(role) for role in roles if role in known),
        team_ids=frozenset(team_ids),
    )


def faults_in(form: Said) -> dict[str, str]:
    """What has to be looked at again, by field."""
    faults = {}
    if not form.name or len(form.name) > LONGEST_NAME:
        faults["name"] = "Please say what they are called"
    try:
        validate_email(form.email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        faults["email"] = "Please write an e-mail address, such as sam@example.org"
    if not form.roles:
        faults["roles"] = "Please choose at least one thing that they do"
    return faults


def leaves_nobody(staff: Staff, *, roles: Collection[Role], here: bool, admins: Collection[UUID]) -> bool:
    """Whether nobody would be left to look after accounts."""
    stays = here and Role.ADMIN in roles
    return not stays and set(admins) == {staff.id}
