-- What answers were decided from, so that another playbook can be tried on the past; and published playbooks.

create table answer (
    barrier_id uuid primary key references barrier,
    client_id uuid not null,
    answered_at timestamptz not null,
    category text not null,
    strength smallint not null,
    wish text not null,
    importance smallint,
    confidence smallint,
    pace text not null,
    time_zone text not null,
    shares_plan boolean not null,
    help_looked_for boolean not null,
    rule text not null,
    playbook_version text not null,
    help jsonb,
    if_words text,
    then_words text,
    kinds text[] not null
);
create index answer_by_moment on answer (answered_at desc, barrier_id desc);
comment on table answer is 'Each answer with what it was decided from and what it came to; written once, with the answer, and never changed.';

create table playbook_version (
    number integer primary key constraint the_first_is_the_one_that_comes_with_foothold check (number >= 2),
    edition text not null,
    files jsonb not null,
    why text not null,
    published_by uuid not null,
    published_at timestamptz not null,
    restores integer,
    constraint restores_an_earlier_one check (restores < number)
);
comment on table playbook_version is 'Playbooks that supervisors published; the highest number is in force. Number 1 is the one in the files.';
