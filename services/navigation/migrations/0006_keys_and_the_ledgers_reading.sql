-- What a key may do, what it is called, when it was last used and what replaced it.

alter table partner_key
    add column label text not null default '',
    -- A key from before there were scopes opens what it always opened, and so does one that the release before
    -- this one makes meanwhile.
    add column scopes text[] not null default '{referrals,answers,capacity,webhooks}',
    add column last_used_at timestamptz,
    add column replaced_by uuid references partner_key (id),
    add constraint scopes_are_known check (
        cardinality(scopes) > 0 and scopes <@ array['referrals', 'answers', 'capacity', 'webhooks']),
    add constraint replaced_runs_out check (replaced_by is null or works_until is not null);
comment on table partner_key is
    'SHA-256 of each key, with its scopes; the key itself is shown once and never kept. Its times are real ones, whatever clock the domain runs by.';

-- Answers that were kept for repeated requests still hold the keys that were made in them.
delete from idempotency where route in ('POST /partners', 'POST /partners/{organization_id}/keys');

-- A partner's keys are listed in the order in which they were made.
create index partner_key_in_order on partner_key (organization_id, id);
drop index partner_key_of_partner;

-- The ledger is read by client and time: three years of it unless somebody asks for more.
create index disclosure_in_order on disclosure (client_id, told_at, id);
drop index disclosure_of_client;
