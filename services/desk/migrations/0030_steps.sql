-- Small steps, as they stand.

create table step (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    status text not null,
    moved_at timestamptz not null,
    picture json not null
);
create index step_by_client on step (client_id);
comment on table step is 'Small steps in the clients'' words: what they try, how far it went, and what they said about it.';
