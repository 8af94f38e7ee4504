-- Two records may be of one person: keys to find them by, and what staff made of them.

alter table client
    add column keys_by smallint not null default 0,
    add column merged_into uuid references client,
    add column survivor_id uuid references client,
    add column link_version integer not null default 0,
    add constraint is_not_merged_into_itself check (merged_into <> id),
    add constraint survivor_is_another_record check (survivor_id <> id),
    add constraint merged_records_have_a_survivor check ((merged_into is null) = (survivor_id is null));
comment on column client.keys_by is 'Which way of making keys its rows in client_key were made by; 0 is none yet.';
comment on column client.merged_into is 'The record that it was merged into; null where it stands by itself.';
comment on column client.survivor_id is 'The record that stands for the person; null where that is this one.';
comment on column client.link_version is 'Grows by one with every merge and split of this record.';
create index client_by_way_of_making_keys on client (keys_by, id);
create index client_of_survivor on client (survivor_id) where survivor_id is not null;
create index client_merged_into on client (merged_into) where merged_into is not null;

create table client_key (
    key text collate "C" not null,
    client_id uuid not null references client,
    primary key (key, client_id)
);
comment on table client_key is 'Under what a record is looked for when another may be of the same person.';
create index client_key_of_client on client_key (client_id);

create table client_merge (
    id uuid primary key,
    client_id uuid not null references client,
    survivor_id uuid not null references client,
    version integer not null constraint version_counts_from_one check (version >= 1),
    merged_at timestamptz not null,
    merged_by uuid not null,
    why text constraint why_says_something check (why ~ '\S'),
    silenced uuid[] not null,
    silenced_versions integer[] not null,
    split_at timestamptz,
    split_by uuid,
    split_why text constraint split_why_says_something check (split_why ~ '\S'),
    constraint two_records_are_merged check (client_id <> survivor_id),
    constraint every_silenced_record_has_a_version check (cardinality(silenced) = cardinality(silenced_versions)),
    constraint split_at_goes_with_split_by check ((split_at is null) = (split_by is null)),
    unique (client_id, version)
);
comment on table client_merge is 'Every merge, who did it and why, and its undoing. Rows stay; only a split is added, once.';
comment on column client_merge.silenced is
    'Records that nobody may write to because of the merge; a split lets them be as they were.';
create unique index client_merge_in_force on client_merge (client_id) where split_at is null;
create index client_merge_of_survivor on client_merge (survivor_id);

create table told_apart (
    first_id uuid not null references client,
    second_id uuid not null references client,
    evidence double precision not null,
    told_at timestamptz not null,
    told_by uuid not null,
    primary key (first_id, second_id, told_at),
    constraint first_is_the_smaller_id check (first_id < second_id)
);
comment on table told_apart is 'Staff looked at two records and saw two people. Append-only.';
comment on column told_apart.evidence is 'What spoke for one person then; the two are shown again only if more does.';
create index told_apart_by_second on told_apart (second_id);

revoke update on client_key from foothold_intake;
revoke update, delete on told_apart, client_merge from foothold_intake;
grant update (split_at, split_by, split_why) on client_merge to foothold_intake;
