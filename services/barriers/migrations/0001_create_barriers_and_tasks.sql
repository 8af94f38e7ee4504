-- What the barriers service knows: its own picture of each client, barriers, plans, tasks, setbacks.

create table client (
    client_id uuid primary key,
    version integer not null default 0,
    context jsonb,
    importance smallint constraint importance_is_a_ruler check (importance between 0 and 10),
    importance_at timestamptz,
    confidence smallint constraint confidence_is_a_ruler check (confidence between 0 and 10),
    confidence_at timestamptz,
    consents jsonb not null default '[]',
    consents_at timestamptz,
    constraint a_version_has_a_context check ((version = 0) = (context is null)),
    constraint importance_is_dated check ((importance is null) = (importance_at is null)),
    constraint confidence_is_dated check ((confidence is null) = (confidence_at is null))
) with (fillfactor = 80);
comment on table client is 'This service''s picture of a client, by highest version and latest measurement; no name, no contact detail. Its row is also the lock under which a client''s case is decided.';

create table early_wish (
    barrier_id uuid primary key,
    client_id uuid not null,
    wish text not null constraint wish_is_known check (wish in ('go_ahead', 'ask_me_first', 'just_listen')),
    version integer not null,
    changed_at timestamptz not null
);
comment on table early_wish is 'A change of mind that overtook the barrier it is about; used when the barrier arrives.';

create table barrier (
    id uuid primary key,
    client_id uuid not null references client,
    category text not null,
    status text not null constraint barrier_status_is_known check (
        status in ('stated', 'acknowledged', 'planned', 'eased', 'persisting', 'withdrawn')
    ),
    version integer not null constraint barrier_version_starts_at_1 check (version >= 1),
    words text not null,
    strength smallint not null constraint strength_is_bace check (strength between 0 and 3),
    own_idea text,
    goal_words text,
    wish text not null constraint barrier_wish_is_known check (wish in ('go_ahead', 'ask_me_first', 'just_listen')),
    wish_version integer not null,
    stated_at timestamptz not null,
    stated_by uuid not null,
    rule text not null,
    playbook_version text not null,
    reason text not null,
    importance smallint,
    confidence smallint,
    help_asked boolean not null,
    help_round integer not null,
    plan_id uuid,
    answered_at timestamptz not null,
    moved_at timestamptz not null,
    caused_by uuid not null,
    correlation_id uuid not null,
    constraint help_asked_has_a_round check (not help_asked or help_round >= 1)
);
create index barrier_of_client on barrier (client_id);
create index barrier_by_answer on barrier (answered_at desc, id desc);
comment on table barrier is 'A stated barrier as it was answered and as it stands. The rows of a client change only under the lock on their client row.';
comment on column barrier.words is 'Verbatim.';

create table plan (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null references barrier,
    status text not null constraint plan_status_is_known check (
        status in ('drafted', 'agreed', 'rehearsed', 'triggered', 'helped', 'did_not_help', 'revised')
    ),
    version integer not null constraint plan_version_starts_at_1 check (version >= 1),
    if_words text not null,
    then_words text not null,
    from_own_idea boolean not null,
    serves text,
    cue_hours_before smallint constraint cue_is_within_a_week check (cue_hours_before between 1 and 168),
    drafted_at timestamptz not null,
    moved_at timestamptz not null,
    caused_by uuid not null,
    correlation_id uuid not null
);
create index plan_of_barrier on plan (barrier_id);
create index plan_of_client on plan (client_id);
comment on table plan is 'If-then plans. They are the client''s: only they can make one agreed.';

create table task (
    id uuid primary key,
    client_id uuid not null,
    kind text not null,
    status text not null constraint task_status_is_known check (
        status in ('open', 'claimed', 'in_progress', 'done', 'could_not', 'superseded', 'cancelled')
    ),
    version integer not null constraint task_version_starts_at_1 check (version >= 1),
    title text not null,
    needs jsonb not null,
    about uuid[] not null,
    priority text not null constraint priority_is_known check (priority in ('routine', 'urgent', 'asap', 'stat')),
    priority_reason text not null,
    due_from timestamptz not null,
    due_by timestamptz not null,
    opened_at timestamptz not null,
    moved_at timestamptz not null,
    assignee uuid,
    outcome text,
    escalated_at timestamptz,
    caused_by uuid not null,
    correlation_id uuid not null,
    constraint due_window_is_in_order check (due_from <= due_by),
    constraint never_due_in_the_past check (due_by >= opened_at),
    constraint could_not_says_why check (status <> 'could_not' or outcome is not null),
    constraint under_way_is_with_somebody check (status not in ('claimed', 'in_progress') or assignee is not null)
) with (fillfactor = 80);
create index task_of_client on task (client_id, due_by, id);
create index task_by_due on task (due_by, id);
create index task_live_by_due on task (due_by, id) where status in ('open', 'claimed', 'in_progress');
create index task_of_assignee on task (assignee, due_by, id) where status in ('claimed', 'in_progress');
create index task_to_escalate on task (due_by)
    where status in ('open', 'claimed', 'in_progress') and escalated_at is null;
comment on table task is 'What a case manager has to do, why, and by when. Overdue is derived from due_by; escalated_at is set once.';
comment on column task.needs is 'What it answers, each with its reason; a task whose needs are all answered elsewhere is superseded.';
comment on column task.about is 'Every barrier it was ever about.';

create table referral (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    version integer not null,
    status text not null,
    service_name text not null
);
create index referral_of_barrier on referral (barrier_id);
comment on table referral is 'Where each referral is, as navigation last said; the highest version wins.';

create table setback (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null references barrier,
    task_id uuid,
    referral_id uuid,
    what_happened text not null,
    question text not null,
    smaller_step text not null,
    recorded_at timestamptz not null
);
create index setback_of_barrier on setback (barrier_id);
create index setback_of_referral on setback (referral_id) where referral_id is not null;
comment on table setback is 'What did not work out, as information: one kind question, a smaller step to offer.';
