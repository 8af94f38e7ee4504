-- What the lists of case managers and supervisors ask for, as columns and indexes.

alter table task add column acknowledged_at timestamptz;
comment on column task.acknowledged_at is 'When somebody said that they have seen that it waited too long.';

alter table barrier
    add column answered_at timestamptz,
    add column eased_at timestamptz,
    add column unmatched_at timestamptz,
    add column unmatched_area text;
comment on column barrier.eased_at is 'When it was last said to be eased; null while it is not.';
comment on column barrier.unmatched_at is 'When a search last found no service for it.';
comment on column barrier.unmatched_area is 'The area of the postcode in which that search was made.';

alter table referral add column stalled boolean not null default false;
comment on column referral.stalled is 'Whether the partner has it in hand and has not moved it in its time. Unanswered is never kept: it follows from acknowledge_by.';

-- All that a list of a team's tasks is ordered and counted by, so that the table itself need not be read.
create index task_alive on task (client_id)
    include (id, kind, rank, due_from, due_by, assignee, escalated_at, acknowledged_at)
    where status in ('open', 'claimed', 'in_progress');
drop index task_alive_by_client;

create index referral_by_barrier on referral (barrier_id, drafted_at);
create index referral_without_word on referral (client_id, organization_id)
    include (status, acknowledge_by, stalled)
    where status = 'requested' or stalled;
create index barrier_unmatched on barrier (unmatched_area, category) where unmatched_at is not null;

comment on table pulse is 'Where a client, a team or the list of a staff member was last touched; open pages look at it to know that there is news.';
