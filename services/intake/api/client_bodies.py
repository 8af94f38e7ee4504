"""What is sent and answered about clients."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from contracts.terms import Pace, Setting
from contracts.values import Channel, ClientContext, LanguageTag, TimeZoneName, Window
from services.intake.api.base import LAST_VERSION, Body, Name
from services.intake.model import Contact

Need = Annotated[str, Field(min_length=1, max_length=60)]
MOST_FOUND = 50

AMINA: JsonDict = {
    "full_name": "Amina Diallo",
    "preferred_name": "Amina",
    "born_on": "1991-03-14",
    "time_zone": "Europe/London",
    "language": "en",
    "postcode": "LS1 4AP",
    "pace": "steady",
    "setting": "either",
    "available": [{"weekday": 2, "opens": "18:00", "closes": "20:30"}],
    "caring_duties": True,
    "access_needs": ["step_free"],
    "free_only": True,
    "channels": [
        {
            "kind": "sms",
            "address": "+447700900123",
            "safe": True,
            "preferred": True,
            "windows": [{"weekday": 2, "opens": "09:00", "closes": "17:00"}],
        }
    ],
    "messages_wanted": True,
}
"""An invented client, for the documentation."""


class ClientDetails(Body):
    """Everything that is written down about a client's life and how to reach them."""

    full_name: Name
    """The client's full name, as they give it."""
    preferred_name: Name | None = None
    """How they want to be addressed; the first word of the full name where nothing is said."""
    born_on: date | None = None
    """Date of birth; leave it out when it was not said."""
    time_zone: TimeZoneName
    """The client's own zone, an IANA name; all windows are on its wall clock."""
    language: LanguageTag = "en"
    """The language to speak and write to them in, such as `en` or `pt-BR`."""
    postcode: Annotated[str, Field(max_length=12)] | None = None
    pace: Pace = Pace.STEADY
    """The pace they chose."""
    setting: Setting = Setting.EITHER
    """Where they would like to meet a service."""
    available: Annotated[tuple[Window, ...], Field(max_length=50)] = ()
    """When they have time; empty means that it was not said."""
    caring_duties: bool | None = None
    """Whether they care for somebody; leave it out when it was not said."""
    access_needs: Annotated[frozenset[Need], Field(max_length=30)] = frozenset()
    """Accessibility they need, in HSDS words: wheelchair, hearing_loop, step_free, quiet_space, ..."""
    free_only: bool = False
    """Whether they can only use help that costs nothing."""
    excluded_organizations: Annotated[frozenset[UUID], Field(max_length=100)] = frozenset()
    """Organisations they do not want to be sent to; nobody asks why."""
    channels: Annotated[tuple[Channel, ...], Field(max_length=20)] = ()
    """Ways to reach them, which of them are safe and when."""
    contact_prohibited: bool = False
    """Whether nobody may write or call at all."""
    messages_wanted: bool = False
    """Whether they agreed to get automatic messages; nobody gets any before they did."""

    def context(self, client_id: UUID, version: int) -> ClientContext:
        """The part that travels with events."""
        return ClientContext(
            client_id=client_id,
            version=version,
            time_zone=self.time_zone,
            language=self.language,
            postcode=self.postcode,
            born_on=self.born_on,
            pace=self.pace,
            setting=self.setting,
            available=self.available,
            caring_duties=self.caring_duties,
            access_needs=self.access_needs,
            free_only=self.free_only,
            excluded_organizations=self.excluded_organizations,
        )

    def contact(self) -> Contact:
        """How to address and reach the client."""
        return Contact(
            full_name=self.full_name,
            preferred_name=self.preferred_name or self.full_name.split()[0],
            channels=self.channels,
            contact_prohibited=self.contact_prohibited,
            messages_wanted=self.messages_wanted,
        )


class NewClient(ClientDetails):
    """A client to be registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [AMINA]})

    is_someone_else: bool = False
    """Staff looked at the records that are much like this one, and this is another person."""
    not_the_same_as: Annotated[frozenset[UUID], Field(max_length=50)] = frozenset()
    """Clients who were shown as possibly the same and are other people; they are not suggested again."""


class ClientChange(Body):
    """What is different now; whatever is left out stays as it is.

    `null` empties `born_on`, `postcode` and `caring_duties` ("not said after all"); the others have no
    empty. Lists are replaced whole.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 1, "pace": "slow", "contact_prohibited": True}]}
    )

    version: Annotated[int, Field(ge=1, le=LAST_VERSION)] | None = None
    """The version that was on screen when the change was made. The If-Match header says the same."""
    full_name: Name | None = None
    preferred_name: Name | None = None
    born_on: date | None = None
    time_zone: TimeZoneName | None = None
    language: LanguageTag | None = None
    postcode: Annotated[str, Field(max_length=12)] | None = None
    pace: Pace | None = None
    setting: Setting | None = None
    available: Annotated[tuple[Window, ...], Field(max_length=50)] | None = None
    caring_duties: bool | None = None
    access_needs: Annotated[frozenset[Need], Field(max_length=30)] | None = None
    free_only: bool | None = None
    excluded_organizations: Annotated[frozenset[UUID], Field(max_length=100)] | None = None
    channels: Annotated[tuple[Channel, ...], Field(max_length=20)] | None = None
    contact_prohibited: bool | None = None
    messages_wanted: bool | None = None

    @model_validator(mode="after")
    def _empty_only_what_can_be(self) -> Self:
        full = self.model_fields_set - {"version", "born_on", "postcode", "caring_duties"}
        empty = sorted(field for field in full if getattr(self, field) is None)
        if empty:
            message = f"{', '.join(empty)} cannot be emptied; leave it out to keep what is there"
            raise ValueError(message)
        return self

    def given(self) -> dict[str, object]:
        """What is to change."""
        return {field: getattr(self, field) for field in self.model_fields_set - {"version"}}


class ClientVersion(Body):
    """Which client, and the version that their record has now."""

    client_id: UUID
    version: int
    """Send it back with the next change, so that nobody writes over somebody else."""


class ClientView(ClientDetails):
    """A client as they are now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **AMINA,
                    "client_id": "0199d2a0-1111-7000-8000-000000000001",
                    "version": 1,
                    "registered_at": "2026-11-23T09:00:00Z",
                    "changed_at": "2026-11-23T09:00:00Z",
                    "survivor_id": "0199d2a0-1111-7000-8000-000000000001",
                }
            ]
        }
    )

    client_id: UUID
    version: int
    """Send it back with the next change, so that nobody writes over somebody else."""
    registered_at: AwareDatetime
    changed_at: AwareDatetime
    survivor_id: UUID
    """The record that stands for this person: another one where this was merged into it, else this one."""


class ClientSummary(Body):
    """Enough of a client to tell them from others."""

    client_id: UUID
    full_name: str
    preferred_name: str
    born_on: date | None
    contact_prohibited: bool
    """Whether nobody may write or call at all."""
    version: int
    registered_at: AwareDatetime
    survivor_id: UUID
    """The record that stands for this person: another one where this was merged into it, else this one."""


class ClientSearch(Body):
    """Whom to look for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "dial am", "born_on": "1991-03-14"}]})

    name: Name
    """Beginnings of words of their names, in any order; case, accents and apostrophes do not matter."""
    born_on: date | None = None
    """Narrows it down to this date of birth."""
    after: Annotated[str, Field(max_length=500)] | None = None
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 20
