-- Clients as navigation knows them, help that was asked for, referrals, and what goes with them.

create table client (
    id uuid primary key,
    context jsonb,
    context_version integer not null default 0,
    contact jsonb,
    contact_version integer not null default 0
);
comment on table client is 'What navigation knows of a client. Whoever decides anything about a client locks this row first.';

create table consent (
    id uuid primary key,
    client_id uuid not null,
    record jsonb,
    revoked_at timestamptz,
    constraint known_or_revoked check (record is not null or revoked_at is not null)
);
create index consent_of_client on consent (client_id);
comment on table consent is 'Consent records as intake stated them. A revocation may be known before the record itself, and is final.';

create table withdrawal (
    barrier_id uuid primary key,
    client_id uuid not null,
    withdrawn_at timestamptz not null
);
comment on table withdrawal is 'When help with a barrier was last said to be no longer wanted; help that was asked for by then is not sent.';

create table help (
    id uuid primary key,
    barrier_id uuid not null,
    client_id uuid not null,
    category text not null,
    resource_codes text[] not null,
    filters jsonb not null,
    wish text not null,
    send_allowed boolean not null,
    words text not null,
    needed_at timestamptz not null,
    cause_id uuid not null,
    correlation_id uuid not null
);
create index help_of_barrier on help (barrier_id);
comment on table help is 'Help that was asked for, once per request; what the search for a runner-up starts from.';

create table referral (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    help_id uuid not null references help (id),
    version integer not null check (version >= 1),
    status text not null constraint status_is_gravitys check (status in (
        'draft', 'requested', 'accepted', 'rejected', 'in-progress', 'on-hold', 'completed', 'failed',
        'cancelled', 'entered-in-error')),
    business_status text not null constraint business_status_is_bsers check (business_status in (
        '2.0', '3.0', '4.0', '5.1.1', '5.1.2', '5.1.3', '5.1.4', '5.2', '6.0', '7.0')),
    service_id uuid not null,
    service_name text not null,
    organization_id uuid not null,
    organization_name text not null,
    candidates jsonb not null,
    rejected_more integer not null default 0,
    runner_up_id uuid,
    replaces uuid references referral (id),
    why_not_sent text,
    consent_id uuid,
    sent_at timestamptz,
    acknowledge_by timestamptz,
    answered_at timestamptz,
    unanswered_at timestamptz,
    appointment_id uuid,
    appointment_at timestamptz,
    appointment_remote boolean,
    reason text,
    reason_text text,
    ended_by text,
    outcome text,
    client_confirmed text not null default 'unknown' check (client_confirmed in ('yes', 'no', 'unknown')),
    drafted_at timestamptz not null,
    moved_at timestamptz not null,
    cause_id uuid not null,
    correlation_id uuid not null,
    constraint sent_on_a_consent check ((sent_at is null) = (consent_id is null)),
    constraint sent_with_a_clock check ((sent_at is null) = (acknowledge_by is null)),
    constraint a_partner_has_only_what_was_sent check (
        sent_at is not null or status in ('draft', 'cancelled', 'entered-in-error')),
    constraint ended_for_a_reason check (
        status not in ('rejected', 'failed', 'cancelled') or (reason is not null and reason_text is not null)),
    constraint completed_with_an_outcome check (status <> 'completed' or outcome is not null),
    constraint appointment_whole_or_absent check (
        (appointment_id is null) = (appointment_at is null)
        and (appointment_id is null) = (appointment_remote is null))
);
create unique index one_draft_per_barrier on referral (barrier_id) where status = 'draft';
create unique index one_live_per_barrier on referral (barrier_id)
    where status in ('requested', 'accepted', 'in-progress', 'on-hold');
create index referral_of_barrier on referral (barrier_id);
create index referral_of_client on referral (client_id, id);
create index referral_of_organization on referral (organization_id, sent_at, id) where sent_at is not null;
create index referral_by_status on referral (status, id);
create index referral_waiting_for_an_answer on referral (acknowledge_by)
    where status = 'requested' and unanswered_at is null;
create index referral_resting_on_consent on referral (consent_id)
    where status in ('requested', 'accepted', 'in-progress', 'on-hold');
comment on table referral is 'Referrals with Gravity task statuses. Unacknowledged and stalled are derived when read, never stored.';

create table answer (
    id uuid primary key,
    referral_id uuid not null references referral (id),
    version integer not null,
    move text not null,
    by text not null,
    recorded_by uuid,
    reason text,
    reason_text text,
    moved_at timestamptz not null
);
create index answer_of_referral on answer (referral_id, version);
comment on table answer is 'Every move of a referral after it was made: who moved it, who wrote that down, when and why.';

create table disclosure (
    id uuid primary key,
    referral_id uuid not null references referral (id),
    client_id uuid not null,
    organization_id uuid not null,
    organization_name text not null,
    consent_id uuid not null,
    scopes text[] not null,
    what text not null,
    purpose text not null,
    channel text not null,
    notice text not null,
    told_at timestamptz not null
);
create index disclosure_of_client on disclosure (client_id, id);
comment on table disclosure is 'Who was told what, when, why and on which consent (42 CFR 2.24). Append-only: no role may update or delete.';

create table partner (
    organization_id uuid primary key,
    name text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);
comment on table partner is 'Organisations that answer for themselves.';

create table partner_key (
    id uuid primary key,
    organization_id uuid not null references partner (organization_id),
    digest bytea not null constraint one_key_per_digest unique check (octet_length(digest) = 32),
    created_at timestamptz not null,
    works_until timestamptz,
    revoked_at timestamptz
);
create index partner_key_of_partner on partner_key (organization_id);
comment on table partner_key is 'SHA-256 of each key; the key itself is shown once and never kept.';

create table response_time (
    organization_id uuid primary key,
    answers integer not null,
    mean_seconds double precision not null
);
comment on table response_time is 'How long an organisation takes to answer, recent answers counting most; silence counts as the whole time it was given.';

-- The ledger and the history of moves only grow.
do $$
declare grantee text;
begin
    for grantee in
        select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = current_schema() and g.table_name = 'disclosure' and g.grantee <> current_user
    loop
        execute format('revoke update, delete, truncate on disclosure, answer from %I', grantee);
    end loop;
end $$;

create index service_by_name on service (name, id);
