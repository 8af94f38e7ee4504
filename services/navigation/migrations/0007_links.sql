-- Partners that have no system: an address to write to, and links that show and answer one referral each.

create table partner_email (
    organization_id uuid primary key references partner (organization_id),
    address text not null constraint address_of_a_plausible_length check (length(address) between 3 and 254),
    since timestamptz not null,
    last_sent_at timestamptz,
    last_problem text,
    last_problem_at timestamptz
);
comment on table partner_email is 'Where mails about referrals go. Removed when the way ends; problems name nobody and no address.';

create table link (
    id uuid primary key,
    referral_id uuid not null references referral (id),
    organization_id uuid not null references partner (organization_id),
    made_for uuid,
    digest bytea not null constraint one_link_per_digest unique check (octet_length(digest) = 32),
    key_name text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    closed_at timestamptz,
    closed_why text check (closed_why in ('replaced', 'withdrawn', 'address_changed', 'partner_revoked')),
    constraint closed_for_a_reason check ((closed_at is null) = (closed_why is null)),
    constraint lasts_for_a_while check (expires_at > made_at)
);
create unique index one_open_link_per_referral on link (referral_id) where closed_at is null;
create index link_of_referral on link (referral_id, id);
create index link_open_of_organization on link (organization_id) where closed_at is null;
comment on table link is 'SHA-256 of each link''s token, which follows from the row and a key that is not in the database. Times are real ones.';

create table link_answer (
    link_id uuid not null references link (id),
    digest bytea not null check (octet_length(digest) = 32),
    answered_at timestamptz not null default clock_timestamp(),
    primary key (link_id, digest)
);
comment on table link_answer is 'Forms that were sent through a link, by digest of nonce and content, so that a repeat changes nothing.';

-- A crash may forget the counts of a minute; nothing is lost with them.
create unlogged table link_visits (
    slot integer primary key check (slot between 0 and 65535),
    minute bigint not null,
    visits integer not null
) with (fillfactor = 50);
comment on table link_visits is 'How often somebody came in the present minute, by a keyed hash; as many rows as there are slots at most.';

create table mailbox (
    number bigint generated always as identity primary key,
    id uuid not null constraint mailbox_takes_a_mail_once unique,
    address text not null,
    subject text not null,
    body text not null,
    received_at timestamptz not null
);
comment on table mailbox is 'The development mailbox; always empty in production.';
