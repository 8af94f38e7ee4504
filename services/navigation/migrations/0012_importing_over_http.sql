-- Directories that are uploaded: kept until they are brought in, with how far that is and what became of each row.

create table directory_upload (
    id uuid primary key,
    source text not null,
    state text not null constraint state_is_known check (state in (
        'empty', 'uploaded', 'previewing', 'previewed', 'to_run', 'running', 'done', 'broken', 'stopped')),
    kind text constraint kind_is_read check (kind in ('zip', 'json', 'ndjson', 'csv')),
    receiving uuid,
    bytes bigint not null default 0,
    bytes_read bigint not null default 0,
    bytes_to_read bigint,
    doing text,
    tries integer not null default 0,
    problem text,
    preview jsonb,
    report jsonb,
    begun_by uuid not null,
    begun_at timestamptz not null,
    run_by uuid,
    ended_at timestamptz,
    constraint broken_for_a_reason check (state <> 'broken' or problem is not null),
    constraint uploaded_is_of_a_kind check (state in ('empty', 'stopped', 'broken') or kind is not null)
);
create unique index one_import_at_a_time on directory_upload ((true))
    where state in ('empty', 'uploaded', 'previewing', 'previewed', 'to_run', 'running');
comment on table directory_upload is 'Imports over HTTP. Whoever works on one holds the advisory lock <schema>/directory-import in a session of its own.';

create table directory_upload_part (
    upload_id uuid not null references directory_upload (id),
    number integer not null,
    content bytea not null,
    primary key (upload_id, number)
);
-- What is uploaded is mostly compressed already, or read once.
alter table directory_upload_part alter column content set storage external;
comment on table directory_upload_part is 'The uploaded file, piece by piece, so that any copy can go on with it; removed once it was brought in.';

create table directory_upload_row (
    upload_id uuid not null references directory_upload (id),
    number integer not null,
    outcome text not null,
    file text not null,
    line integer not null,
    kind text not null,
    record text not null,
    service_id uuid,
    name text,
    field text,
    reason text,
    value text,
    changes jsonb,
    primary key (upload_id, number)
);
create index directory_upload_row_by_outcome on directory_upload_row (upload_id, outcome, number);
comment on table directory_upload_row is 'What the preview says would become of each row, and after the import what became of it. Kept for 30 days.';
