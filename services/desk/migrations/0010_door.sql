-- Who looked at whom and when, in a chain that nobody can mend unseen; and the glass that is broken in need.

create table audit (
    sequence bigint primary key,
    at timestamptz not null,
    staff_id uuid,
    session_id uuid,
    deed text not null,
    route text not null,
    client_id uuid,
    team_id uuid,
    about_id uuid,
    correlation_id uuid not null,
    previous_hash bytea not null,
    hash bytea not null
);
create index audit_by_client on audit (client_id, sequence desc) where client_id is not null;
create index audit_by_staff on audit (staff_id, sequence desc);
create index audit_by_team on audit (team_id, sequence desc);
create index audit_by_time on audit (at);
comment on table audit is 'Every view and change of a client''s record, before it was answered. Append-only and chained: no words, no names.';
comment on column audit.at is 'Real time, given by the database.';
comment on column audit.team_id is 'The team the client belonged to then; null for who had none, and where it is about no client.';
comment on column audit.about_id is 'What else it is about: broken glass, or somebody who works here.';
comment on column audit.hash is 'SHA-256 of previous_hash and the row: services/desk/policy/audit.py says how.';

-- Turn and hash are given here, inside of one lock, whoever writes and however many at once. The service may
-- give neither: it has no right to those columns, nor to change or take away what is there.
create function chain_audit() returns trigger language plpgsql set search_path from current as $$
declare
    last_row record;
begin
    perform pg_advisory_xact_lock(hashtextextended('desk audit', 0));
    select a.sequence, a.hash into last_row from audit a order by a.sequence desc limit 1;
    new.sequence := coalesce(last_row.sequence, 0) + 1;
    new.previous_hash := coalesce(last_row.hash, decode(repeat('00', 32), 'hex'));
    new.at := clock_timestamp();
    new.hash := sha256(new.previous_hash || convert_to(jsonb_build_array(
        new.sequence,
        (extract(epoch from new.at) * 1000000)::bigint,
        new.staff_id, new.session_id, new.deed, new.route, new.client_id, new.team_id, new.about_id,
        new.correlation_id
    )::text, 'UTF8'));
    return new;
end $$;
create trigger audit_is_chained before insert on audit for each row execute function chain_audit();

do $$
declare grantee text;
begin
    for grantee in
        select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = current_schema() and g.table_name = 'audit' and g.grantee <> current_user
    loop
        execute format('revoke insert, update, delete, truncate on audit from %I', grantee);
        execute format(
            'grant insert (staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id)'
            ' on audit to %I', grantee
        );
    end loop;
end $$;

create table glass (
    id uuid primary key,
    client_id uuid not null,
    team_id uuid not null references team,
    staff_id uuid not null references staff,
    reason text not null constraint reason_says_something check (reason ~ '\S'),
    broken_at timestamptz not null,
    ends_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by uuid references staff,
    constraint acknowledged_by_somebody check ((acknowledged_at is null) = (acknowledged_by is null))
);
create index glass_in_force on glass (client_id, staff_id, ends_at);
create index glass_by_team on glass (team_id, broken_at desc, id desc);
create index glass_to_be_seen on glass (team_id) where acknowledged_at is null;
comment on table glass is 'Who opened the record of another team''s client, why, until when, and which supervisor has seen that. Real time.';

alter table session add column id uuid not null default gen_random_uuid();
alter table session add column means text not null default 'password';
alter table session add column browser text not null default '';
create unique index session_by_id on session (id);
comment on column session.id is 'What the audit and the list of one''s own sessions call it; opens nothing.';
comment on column session.means is 'How they signed in: password, or OpenID Connect.';
comment on column session.browser is 'What kind of browser, in a few words, so that people know their own sessions.';

alter table staff add column password_is_first boolean not null default false;
comment on column staff.password_is_first is 'Somebody else chose the password, so that it has to be changed first of all.';

create table sign_in_try (
    key bytea primary key,
    tries integer not null,
    began_at timestamptz not null
) with (fillfactor = 70);
create index sign_in_try_by_time on sign_in_try (began_at);
comment on table sign_in_try is 'How often it was tried to sign in, by the hash of an account, an address or both. Real time.';

create table sign_in_begun (
    state_hash bytea primary key,
    browser_hash bytea not null,
    nonce text not null,
    verifier text not null,
    after text not null,
    begun_at timestamptz not null
);
create index sign_in_begun_by_time on sign_in_begun (begun_at);
comment on table sign_in_begun is 'Who is at the provider at the moment to sign in; each row is taken once.';
