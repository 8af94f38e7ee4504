-- Clients that come from a file: every row with what became of it, kept so that a run can go on where it stopped.

create table client_import (
    id uuid primary key,
    source text not null constraint source_is_named check (source ~ '\S'),
    content_hash bytea not null,
    state text not null constraint state_is_known check (
        state in ('reading', 'planning', 'planned', 'running', 'done')
    ),
    settings jsonb not null,
    columns_read text[] not null,
    columns_ignored text[] not null,
    rows_total integer not null,
    uploaded_at timestamptz not null,
    uploaded_by uuid not null,
    run_by uuid,
    finished_at timestamptz,
    constraint run_by_somebody check (state not in ('running', 'done') or run_by is not null)
);
comment on table client_import is 'A file of clients that was uploaded, and how far we are with it.';
comment on column client_import.source is 'Where its records come from; a record is known again by source and record id.';
create index client_import_under_way on client_import (uploaded_at, id)
    where state in ('reading', 'planning', 'running');

create index client_import_of_content on client_import (content_hash, source);

create table client_import_row (
    import_id uuid not null references client_import,
    line integer not null,
    cells jsonb,
    record_id text,
    content_hash bytea,
    planned text constraint planned_is_known check (
        planned in ('created', 'unchanged', 'repeated', 'waiting', 'rejected')
    ),
    outcome text constraint outcome_is_known check (
        outcome in ('created', 'unchanged', 'repeated', 'waiting', 'rejected', 'same_person', 'left_out')
    ),
    reason text,
    candidates jsonb not null default '[]',
    client_id uuid references client,
    decided_by uuid,
    decided_at timestamptz,
    primary key (import_id, line)
);
comment on table client_import_row is 'A row of a file and what became of it.';
comment on column client_import_row.cells is 'What the row says; null once the import is done and nobody needs to look at it.';
create index client_import_row_of_record on client_import_row (import_id, record_id);
create index client_import_row_to_plan on client_import_row (import_id, line) where planned is null;
create index client_import_row_to_run on client_import_row (import_id, line) where outcome is null;
create index client_import_row_by_outcome on client_import_row (import_id, outcome, line);
create index client_import_row_of_client on client_import_row (client_id, import_id) where client_id is not null;

create table client_import_key (
    import_id uuid not null references client_import,
    key text collate "C" not null,
    line integer not null,
    primary key (import_id, key, line)
);
comment on table client_import_key is 'Under what the rows of a file are looked for among each other, until the import is done.';

create table client_origin (
    source text not null,
    record_id text not null,
    content_hash bytea not null,
    client_id uuid not null references client,
    import_id uuid not null references client_import,
    kept_at timestamptz not null,
    primary key (source, record_id)
);
comment on table client_origin is 'Which record of which source a client is, so that the same file changes nothing the next time.';
create index client_origin_of_client on client_origin (client_id);

revoke delete on client_import, client_import_row, client_origin from foothold_intake;
