-- What clients said: goals and values, rulers, barriers. Their words are never edited.

create table goal (
    id uuid primary key,
    client_id uuid not null references client,
    kind text not null constraint kind_is_known check (kind in ('goal', 'value')),
    words text not null constraint words_say_something check (words ~ '\S'),
    stated_at timestamptz not null,
    stated_to uuid not null,
    constraint goal_belongs_to_its_client unique (id, client_id)
);
comment on table goal is 'What matters to a client, in their words. Append-only.';
create index goal_of_client on goal (client_id, id);

create table readiness (
    id uuid primary key,
    client_id uuid not null references client,
    importance smallint constraint importance_is_0_to_10 check (importance between 0 and 10),
    confidence smallint constraint confidence_is_0_to_10 check (confidence between 0 and 10),
    readiness smallint constraint readiness_is_0_to_10 check (readiness between 0 and 10),
    words text constraint words_say_something check (words ~ '\S'),
    measured_at timestamptz not null,
    asked_by uuid not null,
    constraint something_was_asked check (num_nonnulls(importance, confidence, readiness) > 0)
);
comment on table readiness is 'Every asking of the rulers. A ruler that was not asked is null, never 0. Append-only.';
create index readiness_latest_of_client on readiness (client_id, measured_at desc, id desc);

create table barrier (
    id uuid primary key,
    client_id uuid not null references client,
    words text not null constraint words_say_something check (words ~ '\S'),
    category text not null constraint category_is_known check (category in (
        'stigma.social', 'stigma.self', 'privacy.records', 'fear.custody_parenting', 'fear.coercion_treatment',
        'bad_experience', 'doubt.helpfulness', 'self_reliance', 'unsure_where', 'cost.care', 'cost.general',
        'transport', 'childcare', 'work_schedule', 'language_culture', 'availability', 'health_literacy_digital',
        'too_unwell', 'safety', 'other'
    )),
    strength smallint not null constraint strength_is_0_to_3 check (strength between 0 and 3),
    own_idea text constraint own_idea_says_something check (own_idea ~ '\S'),
    goal_id uuid,
    wish text not null constraint wish_is_known check (wish in ('go_ahead', 'ask_me_first', 'just_listen')),
    wish_version integer not null default 1 constraint wish_version_counts_from_one check (wish_version >= 1),
    wish_changed_at timestamptz not null,
    stated_at timestamptz not null,
    stated_by uuid not null,
    constraint goal_is_the_same_clients foreign key (goal_id, client_id) references goal (id, client_id)
);
comment on table barrier is 'What stands in the way, as the client stated it; only what they want done about it can change.';
comment on column barrier.category is 'How staff read it; the words beside it are the client''s.';
create index barrier_of_client on barrier (client_id, id);

create table wish_change (
    barrier_id uuid not null references barrier,
    version integer not null constraint version_follows_the_first check (version >= 2),
    wish text not null constraint wish_is_known check (wish in ('go_ahead', 'ask_me_first', 'just_listen')),
    changed_at timestamptz not null,
    heard_by uuid not null,
    primary key (barrier_id, version)
);
comment on table wish_change is 'Every change of mind about a barrier, and who heard it. Append-only.';

revoke update, delete on goal, readiness, barrier, wish_change from foothold_intake;
grant update (wish, wish_version, wish_changed_at) on barrier to foothold_intake;
