-- Barriers for which the directory had no eligible, fresh, open service when help was last asked for.

create table unmet_need (
    barrier_id uuid primary key,
    category text not null,
    resource_codes text[] not null,
    area text,
    kind text not null constraint kind_is_known check (kind in ('nobody_fits', 'only_unknown', 'only_stale')),
    reasons text[] not null,
    first_at timestamptz not null,
    at timestamptz not null,
    ended_at timestamptz,
    ended_how text constraint ended_somehow check (ended_how in ('found', 'withdrawn')),
    constraint ended_whole_or_not check ((ended_at is null) = (ended_how is null))
);
create index unmet_need_in_time on unmet_need (at);
comment on table unmet_need is 'Nobody is named: the barrier, what kind of help, the outward part of a postcode, and what was in the way.';
comment on column unmet_need.reasons is 'The checks that said no, or that nobody could answer; nothing_listed where the directory has no such service.';
