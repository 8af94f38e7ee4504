-- What partner organisations hear about the referrals that were sent to them, and by which ways.

alter table partner add column last_position bigint not null default 0;
comment on column partner.last_position is 'How many notices the partner has had; the row is held while one more is written, so positions have no gaps and appear in order.';

create table partner_way (
    organization_id uuid not null references partner (organization_id),
    way text not null constraint way_pushes check (way in ('nats', 'webhook', 'link')),
    since timestamptz not null,
    ended_at timestamptz,
    primary key (organization_id, way)
);
comment on table partner_way is 'By which ways a partner is told without asking. Reading by itself (API, feed, FHIR) needs no row.';

create table partner_event (
    id uuid primary key,
    organization_id uuid not null references partner (organization_id),
    position bigint not null check (position >= 1),
    referral_id uuid not null references referral (id),
    sequence integer not null check (sequence >= 1),
    client_id uuid not null,
    verb text not null,
    data jsonb not null,
    -- What the client lets the partner know: gone as soon as it may be told no more.
    client jsonb,
    consent_id uuid not null,
    tellable_until timestamptz,
    withdrawn_at timestamptz,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint one_event_per_position unique (organization_id, position),
    constraint one_event_per_sequence unique (referral_id, sequence),
    constraint withdrawn_is_gone check (withdrawn_at is null or client is null)
);
create index partner_event_on_consent on partner_event (consent_id) where withdrawn_at is null;
create index partner_event_in_time on partner_event (organization_id, recorded_at);
comment on table partner_event is 'Every notice to a partner. Whoever sends one reads it here at that moment, so nothing withdrawn goes out.';

create table delivery (
    way text not null constraint way_pushes check (way in ('nats', 'webhook', 'link')),
    event_id uuid not null references partner_event (id),
    organization_id uuid not null,
    referral_id uuid not null,
    position bigint not null,
    state text not null default 'waiting'
        constraint state_is_known check (state in ('waiting', 'delivered', 'given_up')),
    attempts integer not null default 0,
    due_at timestamptz not null default clock_timestamp(),
    delivered_at timestamptz,
    stream_sequence bigint,
    primary key (way, event_id)
);
create index delivery_waiting on delivery (way, organization_id, position) where state = 'waiting';
create index delivery_due on delivery (way, due_at) where state = 'waiting';
create index delivery_of_partner on delivery (organization_id, way, position);
comment on table delivery is 'One notice on one way. Times are real, not the domain''s: they wait for other people''s machines.';

alter table disclosure
    add column event_id uuid,
    add column digest bytea;
create unique index disclosure_once_per_content on disclosure (referral_id, channel, digest)
    where digest is not null;
comment on column disclosure.digest is 'Of what a partner read by itself: the same content read again by the same way is one line.';
