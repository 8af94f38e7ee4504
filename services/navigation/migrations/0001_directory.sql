-- The resource directory: organisations and their services, as matching needs them, with the whole source
-- document beside, so that nothing an importer does not understand is lost.

-- The directory's revision. A writer locks this row before it changes anything and keeps it until its commit,
-- so revisions become visible in order and nobody who reads "what came after" ever misses one.
create table directory (
    singleton boolean primary key default true,
    revision bigint not null default 0,
    constraint there_is_one_directory check (singleton)
);
insert into directory default values;

create table organization (
    id uuid primary key,
    source text not null,
    name text not null,
    -- Named by a service but described nowhere; replaced as soon as a description comes.
    placeholder boolean not null default false,
    document jsonb not null,
    content_hash bytea not null,
    revision bigint not null,
    changed_at timestamptz not null
);

create table service (
    id uuid primary key,
    organization_id uuid not null references organization (id),
    -- Which directory brought it, as its importer called it: what that one leaves out next time is closed.
    source text not null,
    name text not null,
    status text not null,
    codes text[] not null default '{}',
    -- Prefixes of postcodes; '{""}' is everywhere, null is unknown.
    areas text[],
    languages text[],
    minimum_age double precision,
    maximum_age double precision,
    free boolean,
    lowest_cost numeric,
    currency text,
    -- The week in 336 half hours, Monday first, the lowest bit of a big-endian number first.
    open_hours bytea,
    in_person_hours bytea,
    remote_hours bytea,
    in_person boolean,
    remote boolean,
    accessibility text[],
    capacity text not null default 'unknown',
    places integer,
    assured_date date,
    acknowledge_within_working_days integer,
    latitude double precision,
    longitude double precision,
    document jsonb not null,
    content_hash bytea not null,
    closed_at timestamptz,
    revision bigint not null,
    changed_at timestamptz not null,
    constraint status_is_hsds check (status in ('active', 'inactive', 'defunct', 'temporarily closed')),
    constraint capacity_is_known check (capacity in ('has', 'waitlist', 'none', 'unknown')),
    constraint ages_are_in_order check (minimum_age is null or maximum_age is null or minimum_age <= maximum_age),
    constraint areas_are_said_or_unknown check (cardinality(areas) > 0),
    constraint places_are_counted_from_zero check (places >= 0),
    constraint acknowledged_within_a_positive_time check (acknowledge_within_working_days > 0),
    constraint a_mask_has_336_bits check (
        coalesce(length(open_hours), 42) = 42
        and coalesce(length(in_person_hours), 42) = 42
        and coalesce(length(remote_hours), 42) = 42
    ),
    constraint closed_is_not_active check (closed_at is null or status <> 'active')
);

-- The catalogue of each process asks what came after the revision it has.
create index service_revision on service (revision, id);
-- An organisation that changed its name changes its services.
create index service_organization on service (organization_id);
-- What the last import of a source had and this one has not is closed.
create index service_source on service (source) where closed_at is null;

-- Documents that came alone and are not a service or an organisation (locations, taxonomy terms): kept as they are.
create table directory_document (
    kind text not null,
    id uuid not null,
    source text not null,
    document jsonb not null,
    content_hash bytea not null,
    changed_at timestamptz not null,
    primary key (kind, id)
);

-- Every import that was committed, with its whole report.
create table directory_import (
    id uuid primary key,
    source text not null,
    started_at timestamptz not null,
    report jsonb not null
);
create index directory_import_source on directory_import (source, started_at);

-- Where an import gathers what it read before it compares all of it at once. Rows live inside the importer's
-- transaction only; service roles may not create temporary tables.
create unlogged table staged_organization (
    import_id uuid not null,
    id uuid not null,
    name text not null,
    modified_at timestamptz,
    size integer not null,
    document text not null,
    content_hash bytea not null
);

create unlogged table staged_service (
    import_id uuid not null,
    id uuid not null,
    organization_id uuid not null,
    file text not null,
    line integer not null,
    modified_at timestamptz,
    size integer not null,
    name text not null,
    status text not null,
    codes text[] not null,
    areas text[],
    languages text[],
    minimum_age double precision,
    maximum_age double precision,
    free boolean,
    lowest_cost numeric,
    currency text,
    open_hours bytea,
    in_person_hours bytea,
    remote_hours bytea,
    in_person boolean,
    remote boolean,
    accessibility text[],
    capacity text not null,
    places integer,
    assured_date date,
    acknowledge_within_working_days integer,
    latitude double precision,
    longitude double precision,
    document text not null,
    content_hash bytea not null
);
