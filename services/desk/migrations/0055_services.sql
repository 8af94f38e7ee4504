-- The directory as the desk knows it: every service as it was last stated, and what it is found by.

-- What was kept before services were folded belongs to them as well.
update entry set kind = 'service'
where kind = 'other'
  and type in (
      'care.navigation.service.changed.v1', 'care.navigation.service.reported.v1',
      'care.navigation.report.resolved.v1');

-- How a service stands is what was stated with its highest version: one step down this index.
create index entry_of_service_by_version on entry (subject_id, version desc)
    where type = 'care.navigation.service.changed.v1';
create index entry_of_service on entry (subject_id, occurred_at desc, id desc) where kind = 'service';

-- A search that has to count exactly goes through all rows. So they are kept narrow: what is long lies beside
-- them (in TOAST), and what is looked through never does.
create table service (
    id uuid primary key,
    version integer not null,
    sort_name text storage main collate "C" not null,
    standing text storage main not null
        constraint standing_is_known check (standing in ('open', 'closed', 'retired')),
    codes text[] storage main not null,
    areas text[] storage main,
    capacity text storage main not null,
    assured_date date,
    open_reports integer not null,
    conflicting boolean not null,
    words tsvector not null,
    picture json not null
) with (toast_tuple_target = 128);
create index service_by_name on service (sort_name, id);
create index service_by_code on service using gin (codes);
create index service_reported on service (id) where open_reports > 0;
create index service_conflicting on service (id) where conflicting;
create index service_by_word on service using gin (words);
comment on table service is 'Every service of the directory as it was last stated. Those that their directory has left out stay, marked.';
comment on column service.codes is 'With every broader code, so that one comparison finds the narrower ones.';
comment on column service.areas is 'Beginnings of the postcodes that it serves; an empty one is everywhere; null is not known.';
comment on column service.words is 'By which words it is found, small and without accents.';
