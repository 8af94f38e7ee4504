-- The directory as staff edit it, search it, and as others follow it.

alter table service
    add column closed_until date,
    add column capacity_said_at timestamptz,
    add constraint closed_until_is_for_a_time check (closed_until is null or status = 'temporarily closed');
comment on column service.capacity_said_at is 'When the service or staff said so; null where its directory did.';

-- What staff put right. It goes before what the directory says, and outlives the next import.
create table service_correction (
    service_id uuid not null references service (id),
    field text not null,
    value jsonb,
    source_value jsonb,
    conflicting boolean not null default false,
    until date,
    why text not null,
    corrected_at timestamptz not null,
    corrected_by uuid not null,
    primary key (service_id, field)
);
create index service_correction_ends on service_correction (until) where until is not null;
create index service_correction_conflicting on service_correction (service_id) where conflicting;
comment on column service_correction.source_value is 'What the directory says of this field, as far as was seen; null where it says nothing.';
comment on column service_correction.conflicting is 'The directory has come to say something else since; a person decides which holds.';
comment on column service_correction.until is 'The first day on which what the directory says holds again.';

create table service_change (
    id uuid primary key,
    service_id uuid not null references service (id),
    revision bigint not null,
    what text not null,
    fields jsonb not null,
    note text,
    source text,
    by_staff uuid,
    changed_at timestamptz not null
);
create index service_change_of_service on service_change (service_id, revision, id);
comment on table service_change is 'Every change of a service: which fields, from what to what, by whom. Whole documents stay with the imports.';

create table service_report (
    id uuid primary key,
    service_id uuid not null references service (id),
    fields text[] not null,
    words text not null,
    reported_by uuid not null,
    reported_at timestamptz not null,
    outcome text,
    answer text,
    resolved_by uuid,
    resolved_at timestamptz,
    constraint resolved_whole_or_not check (
        (resolved_at is null) = (outcome is null)
        and (resolved_at is null) = (answer is null)
        and (resolved_at is null) = (resolved_by is null))
);
create index service_report_open on service_report (service_id) where resolved_at is null;
create index service_report_waiting on service_report (id) where resolved_at is null;
create index service_report_of_service on service_report (service_id, id);
comment on table service_report is 'That something in the directory is wrong, in the words of who noticed, and what an editor found.';

-- How far the directory has been stated to others: everything up to this service of this revision.
create table directory_statement (
    singleton boolean primary key default true,
    revision bigint not null default 0,
    service_id uuid not null default '00000000-0000-0000-0000-000000000000',
    constraint there_is_one_directory check (singleton)
);
insert into directory_statement default values;

-- What a search looks at, narrow enough to be looked through whole.
create table directory_entry (
    service_id uuid primary key references service (id) on delete cascade,
    sort_name text collate "C" not null,
    organization_id uuid not null,
    source text not null,
    status text not null,
    retired boolean not null,
    codes text[] not null,
    areas text[],
    languages text[],
    free boolean,
    capacity text not null,
    assured_date date
);
create index directory_entry_by_name on directory_entry (sort_name, service_id);
create index directory_entry_of_organization on directory_entry (organization_id);
comment on column directory_entry.codes is 'With every broader code, so that one comparison finds the narrower ones.';

create table directory_words (
    service_id uuid primary key references service (id) on delete cascade,
    words tsvector not null
);
create index directory_words_found on directory_words using gin (words);

-- Whoever writes a service: it is found by what it says now.
create function enter_services() returns trigger language plpgsql set search_path from current as $$
begin
    insert into directory_entry as e (
        service_id, sort_name, organization_id, source, status, retired, codes, areas, languages, free, capacity,
        assured_date
    )
    select s.id, lower(s.name), s.organization_id, s.source, s.status, s.closed_at is not null,
           array(
               select distinct array_to_string((string_to_array(c.code, '-'))[:n.parts], '-')
               from unnest(s.codes) as c (code),
                    generate_series(1, cardinality(string_to_array(c.code, '-'))) as n (parts)
           ),
           s.areas, s.languages, s.free, s.capacity, s.assured_date
    from entered s
    on conflict (service_id) do update
    set sort_name = excluded.sort_name, organization_id = excluded.organization_id, source = excluded.source,
        status = excluded.status, retired = excluded.retired, codes = excluded.codes, areas = excluded.areas,
        languages = excluded.languages, free = excluded.free, capacity = excluded.capacity,
        assured_date = excluded.assured_date;
    insert into directory_words as w (service_id, words)
    select s.id, to_tsvector('simple', concat_ws(
               ' ', s.name, s.document ->> 'alternate_name', o.name, left(s.document ->> 'description', 4000)))
    from entered s
    join organization o on o.id = s.organization_id
    on conflict (service_id) do update
    set words = excluded.words
    where w.words is distinct from excluded.words;
    return null;
end
$$;

create trigger services_are_entered after insert on service
    referencing new table as entered for each statement execute function enter_services();
create trigger services_are_entered_anew after update on service
    referencing new table as entered for each statement execute function enter_services();
-- Those that are there already.
update service set revision = revision;

-- What was done stays written down.
do $$
declare grantee text;
begin
    for grantee in
        select distinct g.grantee from information_schema.role_table_grants g
        where g.table_schema = current_schema() and g.table_name = 'service_change' and g.grantee <> current_user
    loop
        execute format('revoke update, delete, truncate on service_change from %I', grantee);
    end loop;
end $$;
