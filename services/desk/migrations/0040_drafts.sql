-- What is typed while somebody is registered: kept as it is typed, until it is written down or two weeks are over.

create table draft (
    id uuid primary key,
    staff_id uuid not null references staff,
    begun_at timestamptz not null,
    saved_at timestamptz not null,
    client_id uuid,
    finishing_at timestamptz,
    finished_at timestamptz,
    constraint finished_with_somebody check (finished_at is null or client_id is not null)
);
create index draft_by_staff on draft (staff_id, saved_at desc);
create index draft_by_saving on draft (saved_at);
comment on table draft is 'A conversation that is being written down, seen only by who writes it. All times are real. Its id is the correlation id of everything that comes of it.';
comment on column draft.client_id is 'Whom it is about, once they are on record.';
comment on column draft.finishing_at is 'When it was first handed over; what has arrived since then is in draft_step.';

create table draft_part (
    draft_id uuid not null references draft on delete cascade,
    name text not null,
    version integer not null constraint version_counts_from_one check (version >= 1),
    fields json not null,
    written_from uuid not null,
    written_turn integer not null,
    saved_at timestamptz not null,
    primary key (draft_id, name)
);
comment on table draft_part is 'One page of a draft as it was typed last. Emptied when the draft is finished.';
comment on column draft_part.written_from is 'The opened page that it was typed in: one opened page is never in conflict with itself.';
comment on column draft_part.written_turn is 'Counts what that opened page has sent, so that what arrives late never replaces what is newer.';

create table draft_step (
    draft_id uuid not null references draft on delete cascade,
    name text not null,
    position smallint not null,
    path text not null,
    body json not null,
    status text not null constraint status_is_known check (status in ('sent', 'done', 'turned_back')),
    answer uuid,
    faults json not null default '{}',
    primary key (draft_id, name)
);
comment on table draft_step is 'What a finished draft asks of intake, one request each, under a key of its own: the same request again is done once.';
comment on column draft_step.status is 'sent: it may or may not have been done, and goes out again exactly as it is; done; turned_back: not done, and may be put right.';
comment on column draft_step.answer is 'The id that intake gave to what was written down.';
