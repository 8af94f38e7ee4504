-- The playbook as barriers states it.

create table playbook_version (
    id uuid primary key,
    number integer not null,
    stated_at timestamptz not null,
    picture json not null
);
create unique index playbook_version_by_number on playbook_version (number);
comment on table playbook_version is 'Each version of the playbook, whole; the highest number is in force.';
