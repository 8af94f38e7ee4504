-- What supervisors are changing in the playbook, kept as it is typed, and what its last trial came to.

create table playbook_copy (
    staff_id uuid primary key references staff,
    based_on integer not null,
    version integer not null constraint version_counts_from_one check (version >= 1),
    saved_at timestamptz not null,
    content json,
    read_over integer,
    trial json,
    constraint read_over_a_version check ((content is null) = (read_over is null)),
    constraint tried_as_it_was_read check (trial is null or content is not null)
);
comment on table playbook_copy is 'What a supervisor is changing in the playbook: one open copy each, seen only by who writes it. Times are real.';
comment on column playbook_copy.based_on is 'The number that was in force when it was begun, or to which it was brought up since.';
comment on column playbook_copy.content is 'The whole playbook as it is read with the changed texts; null until they were read, and after each change.';
comment on column playbook_copy.read_over is 'The number that was in force when they were read.';
comment on column playbook_copy.trial is 'What the last trial of exactly these texts came to; null where they were not tried.';

create table playbook_copy_file (
    staff_id uuid not null references playbook_copy on delete cascade,
    name text not null,
    text text not null,
    written_from uuid not null,
    primary key (staff_id, name)
);
comment on table playbook_copy_file is 'The texts of a copy that differ from the version it is based on.';
comment on column playbook_copy_file.written_from is 'The opened page that it was typed in: one opened page is never in conflict with itself.';

create table playbook_copy_difference (
    staff_id uuid not null references playbook_copy on delete cascade,
    position integer not null,
    category text not null,
    difference json not null,
    primary key (staff_id, position)
);
comment on table playbook_copy_difference is 'Barriers that the last trial of a copy would have answered differently, the latest first. Gone with the next change.';
