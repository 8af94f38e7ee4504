-- Small steps that clients try, how they go, and what went well.

create table step (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null references barrier,
    status text not null constraint step_status_is_known check (
        status in ('offered', 'agreed', 'paused', 'done', 'not_this_time')
    ),
    version integer not null constraint step_version_starts_at_1 check (version >= 1),
    words text not null,
    times integer not null constraint step_is_counted check (times >= 1),
    counted text,
    times_done integer not null constraint times_done_is_a_number_of_times check (times_done >= 0),
    begins_on date not null,
    ends_on date,
    serves text,
    smaller_of uuid references step,
    offered_at timestamptz not null,
    moved_at timestamptz not null,
    caused_by uuid not null,
    correlation_id uuid not null,
    constraint agreed_until_when check (status <> 'agreed' or ends_on is not null),
    constraint step_ends_after_it_begins check (ends_on >= begins_on)
) with (fillfactor = 80);
create index step_of_client on step (client_id, offered_at desc, id desc);
create index step_of_barrier on step (barrier_id, offered_at desc, id desc);
comment on table step is 'Something small that a client tries, in their words. It is theirs: they agree, pause, change or leave it.';

create table step_progress (
    id uuid primary key,
    client_id uuid not null,
    step_id uuid not null references step,
    version integer not null,
    more_times integer not null constraint more_times_is_a_number_of_times check (more_times >= 0),
    note text,
    noted_at timestamptz not null
);
create unique index step_progress_of_step on step_progress (step_id, version);
comment on column step_progress.version is 'The version of the step that it led to, which is also its order.';
comment on table step_progress is 'How a step goes, as the client told it; shown back to them.';

create table win (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null references barrier,
    kind text not null constraint win_kind_is_known check (kind in ('step_kept', 'plan_helped', 'got_help')),
    subject_id uuid not null,
    words text not null,
    affirmation text not null,
    noticed_at timestamptz not null
);
create index win_of_client on win (client_id, noticed_at desc, id desc);
create index win_of_barrier on win (barrier_id, noticed_at desc, id desc);
comment on table win is 'What went well, noticed once each: a kept step, a plan that helped, a referral that the client confirmed.';
