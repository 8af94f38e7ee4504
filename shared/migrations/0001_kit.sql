-- What the kit keeps in every service's schema: event history, outbox, inbox, dead letters, idempotency.

create table event (
    id uuid primary key,
    type text not null,
    about uuid not null,
    correlation_id uuid not null,
    causation_id uuid,
    traceparent text,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    data json not null
);
comment on table event is 'Every event this service ever published, in full. Append-only: no role may update or delete.';
create index event_by_correlation on event (correlation_id);

create table outbox (
    event_id uuid primary key,
    enqueued_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
comment on table outbox is 'Events that are committed and not yet known to be in the stream. A row is the state, so no gap in ids or time can hide one.';

create table publication (
    event_id uuid primary key,
    stream_sequence bigint not null,
    published_at timestamptz not null default clock_timestamp()
);
comment on table publication is 'Where each published event is in the stream.';

create table inbox (
    consumer text not null,
    event_id uuid not null,
    handled_at timestamptz not null default clock_timestamp(),
    primary key (consumer, event_id)
);
comment on table inbox is 'Events whose effects are committed, by durable consumer; what makes a second delivery harmless.';

create table unfinished (
    consumer text not null,
    event_id uuid not null,
    begun integer not null,
    primary key (consumer, event_id)
);
comment on table unfinished is 'Messages under suspicion that were begun; what is still here after a restart may have killed the process.';

create table dead_letter (
    id uuid primary key,
    consumer text not null,
    subject text not null,
    headers jsonb not null,
    body bytea not null,
    reason text not null,
    deliveries integer not null,
    died_at timestamptz not null default clock_timestamp(),
    replayed_at timestamptz
);
create index dead_letter_waiting on dead_letter (died_at, id) where replayed_at is null;
comment on table dead_letter is 'Messages that could not be handled, whole, with the reason; kept until replayed and after.';

create table idempotency (
    caller uuid not null,
    key text not null,
    route text not null,
    request_hash bytea not null,
    status integer not null,
    response json not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (caller, key)
);
comment on table idempotency is 'Answers already given, so that a repeated request repeats its answer and not its effect.';

-- History and publications are append-only for everyone but the owner; only the owner migrates.
do $$
declare grantee text;
begin
    for grantee in
        select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = current_schema() and g.table_name = 'event' and g.grantee <> current_user
    loop
        execute format('revoke update, delete, truncate on event, publication from %I', grantee);
        execute format('revoke insert, update, delete, truncate on schema_migration from %I', grantee);
    end loop;
end $$;
