-- Clients as they are now. Every earlier version is in the event history.

create table client (
    id uuid primary key,
    version integer not null constraint version_counts_from_one check (version >= 1),
    full_name text not null constraint full_name_says_something check (full_name ~ '\S'),
    preferred_name text not null constraint preferred_name_says_something check (preferred_name ~ '\S'),
    name_key text not null,
    born_on date,
    time_zone text not null,
    language text not null,
    postcode text,
    pace text not null constraint pace_is_known check (pace in ('slow', 'steady', 'brisk')),
    setting text not null constraint setting_is_known check (setting in ('in_person', 'remote', 'either')),
    available jsonb not null constraint available_is_a_list check (jsonb_typeof(available) = 'array'),
    caring_duties boolean,
    access_needs text[] not null,
    free_only boolean not null,
    excluded_organizations uuid[] not null,
    channels jsonb not null constraint channels_is_a_list check (jsonb_typeof(channels) = 'array'),
    contact_prohibited boolean not null,
    messages_wanted boolean not null,
    registered_at timestamptz not null,
    registered_by uuid not null,
    changed_at timestamptz not null,
    constraint changed_at_or_after_registered_at check (changed_at >= registered_at)
);
comment on table client is 'Who a client is, how to reach them and what help has to fit, as it stands now.';
comment on column client.name_key is 'The words of the full name in the form they are compared in, sorted.';
comment on column client.available is 'When the client has time: weekly windows in their own zone. Empty means not said.';
comment on column client.caring_duties is 'Null means not said, never no.';
comment on column client.channels is 'Ways to reach the client, each with whether it is safe and when.';
create index client_same_person on client (name_key, born_on);

create table client_name (
    client_id uuid not null references client,
    word text collate "C" not null,
    primary key (word, client_id)
);
comment on table client_name is 'Every word of every name a client goes by, to find them by its beginning.';
create index client_name_of_client on client_name (client_id);

revoke delete on client from foothold_intake;
revoke update on client_name from foothold_intake;
