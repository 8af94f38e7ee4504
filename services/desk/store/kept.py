"""Forms that came with an ended session, each for the one whose session it was. All times are real."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from services.desk.model.kept import KEPT_FOR, KeptForm
from shared.db import Connection, Record

MOST_FOR_ONE = 5
_FIELDS = TypeAdapter(dict[str, list[str]])

WHOSE_SESSION = """
select e.staff_id
from session e join staff s on s.id = e.staff_id
where e.token_hash = $1 and s.ended_at is null and e.signed_in_at > $2::timestamptz - $3::interval
"""


async def whose_session(
    conn: Connection, token_hash: bytes, *, now: datetime, within: timedelta
) -> UUID | None:
    """Whose session this was, ended or not; None where it is long ago, or there was none."""
    found: UUID | None = await conn.fetchval(WHOSE_SESSION, token_hash, now, within)
    return found


KEEP_FORM = """
with gone as (
    delete from kept_form
    where staff_id = $2 and (path = $3 or id in (
        select id from kept_form
        where staff_id = $2 and path <> $3
        order by kept_at desc, id desc
        offset $7))
)
insert into kept_form (id, staff_id, path, page, fields, kept_at)
values ($1, $2, $3, $4, $5::text::json, $6)
"""


async def keep(conn: Connection, form: KeptForm, *, staff_id: UUID, now: datetime) -> None:
    """Keep a form in place of the one that was sent there before; of one person only the last few."""
    await conn.execute(
        KEEP_FORM,
        form.id,
        staff_id,
        form.path,
        form.page,
        to_json(form.fields).decode(),
        now,
        MOST_FOR_ONE - 1,
    )


KEPT_FORM = """
select id, path, page, fields::text as fields from kept_form
where id = $1 and staff_id = $2 and kept_at > $3::timestamptz - $4::interval
"""


async def one(conn: Connection, form_id: UUID, *, staff_id: UUID, now: datetime) -> KeptForm | None:
    """A form of this very person; None for everybody else, and when its time is over."""
    row = await conn.fetchrow(KEPT_FORM, form_id, staff_id, now, KEPT_FOR)
    return None if row is None else _form(row)


LATEST_KEPT = """
select id, path, page, fields::text as fields from kept_form
where staff_id = $1 and kept_at > $2::timestamptz - $3::interval
order by kept_at desc, id desc
limit 1
"""


async def latest(conn: Connection, *, staff_id: UUID, now: datetime) -> KeptForm | None:
    """What was kept last for this person."""
    row = await conn.fetchrow(LATEST_KEPT, staff_id, now, KEPT_FOR)
    return None if row is None else _form(row)


FORGET_KEPT = "delete from kept_form where id = $1 and staff_id = $2"


async def forget(conn: Connection, form_id: UUID, *, staff_id: UUID) -> None:
    """Throw one away."""
    await conn.execute(FORGET_KEPT, form_id, staff_id)


PRUNE_KEPT = "delete from kept_form where kept_at < $1::timestamptz - $2::interval"


async def prune(conn: Connection, *, now: datetime) -> None:
    """Throw away what nobody came back for."""
    await conn.execute(PRUNE_KEPT, now, KEPT_FOR)


def _form(row: Record) -> KeptForm:
    return KeptForm(
        id=row["id"], path=row["path"], page=row["page"], fields=_FIELDS.validate_json(row["fields"])
    )
