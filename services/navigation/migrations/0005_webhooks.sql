-- Webhooks: where a partner's events are posted, how each endpoint fares, and what every attempt came to.

alter table delivery
    add column lease uuid,
    add column queued_at timestamptz not null default clock_timestamp(),
    add column replayed boolean not null default false;
comment on column delivery.lease is 'Whose hands it is in; until due_at nobody else takes it, and after that anybody may.';
comment on column delivery.queued_at is 'Since when it has been waiting: when it was told, or replayed.';
comment on column delivery.replayed is 'The partner asked for it again: when it goes out, the ledger gets a line for that.';

create index delivery_webhook_due on delivery (organization_id, due_at, position)
    where way = 'webhook' and state = 'waiting';
create index delivery_webhook_of_referral on delivery (referral_id, position)
    where way = 'webhook' and state = 'waiting';
create index delivery_webhook_in_hand on delivery (organization_id)
    where way = 'webhook' and state = 'waiting' and lease is not null;
create index delivery_webhook_old on delivery (queued_at) where way = 'webhook' and state = 'waiting';
create index delivery_webhook_by_state on delivery (organization_id, state, position) where way = 'webhook';

create table webhook_endpoint (
    organization_id uuid primary key references partner (organization_id),
    url text not null,
    since timestamptz not null,
    failures integer not null default 0 check (failures >= 0),
    failed_at timestamptz,
    succeeded_at timestamptz,
    milliseconds integer not null default 0,
    paused_until timestamptz,
    disabled_at timestamptz,
    disabled_why text,
    claimed_at timestamptz not null default '-infinity',
    constraint disabled_for_a_reason check ((disabled_at is null) = (disabled_why is null))
) with (fillfactor = 50);
comment on table webhook_endpoint is 'Where a partner wants its events, and the facts from which its circuit breaker is derived. Real time.';
comment on column webhook_endpoint.claimed_at is 'When it last had its turn: who has waited longest is next.';

create table webhook_secret (
    id uuid primary key,
    organization_id uuid not null references webhook_endpoint (organization_id),
    sealed bytea not null,
    created_at timestamptz not null,
    works_until timestamptz
);
create index webhook_secret_of_endpoint on webhook_secret (organization_id, id);
comment on table webhook_secret is 'Signing secrets, sealed with AES-256-GCM under a key that is not in the database and bound to their row.';

create table webhook_attempt (
    id uuid primary key,
    organization_id uuid not null,
    event_id uuid not null,
    verb text not null,
    number integer not null check (number >= 1),
    at timestamptz not null,
    milliseconds integer not null,
    status integer,
    error text
);
create index webhook_attempt_of_partner on webhook_attempt (organization_id, id);
create index webhook_attempt_in_time on webhook_attempt (at);
comment on table webhook_attempt is 'The delivery log: every attempt, kept for 90 days. Nothing of what was sent or answered is in it but the status.';
