-- Who works here, who looks after whom, and the desk's own picture of everything that was stated.

-- Staff, as they sign in.

create table staff (
    id uuid primary key,
    name text not null constraint name_says_something check (name ~ '\S'),
    email text not null constraint email_is_written_small check (email = lower(email)),
    password_hash text,
    oidc_subject text,
    roles text[] not null constraint roles_are_known
        check (roles <@ array['intake', 'case_manager', 'supervisor', 'directory_editor', 'admin']),
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint there_is_a_way_to_sign_in check (password_hash is not null or oidc_subject is not null)
);
create unique index staff_by_email on staff (email);
create unique index staff_by_oidc_subject on staff (oidc_subject) where oidc_subject is not null;
comment on table staff is 'People who sign in at the desk. Nobody is removed: who ended stays named in the past.';
comment on column staff.password_hash is 'argon2id; null for who signs in with OpenID Connect.';

create table team (
    id uuid primary key,
    name text not null constraint name_says_something check (name ~ '\S')
);
create unique index team_by_name on team (lower(name));
comment on table team is 'Who shares clients; a client belongs to one team.';

create table team_member (
    team_id uuid not null references team,
    staff_id uuid not null references staff,
    primary key (team_id, staff_id)
);
create index team_member_by_staff on team_member (staff_id);
comment on table team_member is 'Who is in which team.';

create table session (
    token_hash bytea primary key,
    staff_id uuid not null references staff,
    signed_in_at timestamptz not null,
    seen_at timestamptz not null,
    ended_at timestamptz
);
create index session_by_staff on session (staff_id) where ended_at is null;
comment on table session is 'Who is signed in, in real time. The cookie holds the token, this only its SHA-256.';

create table caseload (
    client_id uuid primary key,
    version integer not null,
    team_id uuid not null references team,
    staff_id uuid references staff,
    assigned_at timestamptz not null,
    assigned_by uuid
);
create index caseload_by_staff on caseload (staff_id, client_id);
create index caseload_by_team on caseload (team_id, client_id);
comment on table caseload is 'Which team a client belongs to, and who of it looks after them. Who has no row waits for a team.';

-- Everything that was stated, as it came: the histories of all services in one place.

create table entry (
    id uuid primary key,
    type text not null,
    kind text not null,
    subject_id uuid not null,
    client_id uuid,
    version integer not null,
    occurred_at timestamptz not null,
    correlation_id uuid not null,
    causation_id uuid,
    data json not null
);
create index entry_by_subject on entry (kind, subject_id);
create index entry_by_client on entry (client_id, occurred_at desc, id desc);
create index entry_by_correlation on entry (correlation_id);
create index entry_by_causation on entry (causation_id) where causation_id is not null;
comment on table entry is 'Every event that the desk has received. What pages show is folded from it, so order and repeats do not matter.';
comment on column entry.kind is 'What it is about: client, barrier, plan, task, referral, message, ...';

create sequence pulse_position;
create table pulse (
    topic uuid primary key,
    position bigint not null
) with (fillfactor = 50);
comment on table pulse is 'Where a client or a team was last touched; open pages look at it to know that there is news.';

-- What pages show.

create table client (
    id uuid primary key,
    full_name text not null,
    preferred_name text not null,
    time_zone text,
    contact_prohibited boolean not null,
    messages_wanted boolean not null,
    registered_at timestamptz,
    importance smallint,
    confidence smallint,
    readiness smallint,
    measured_at timestamptz,
    picture json not null
);
create index client_by_registration on client (registered_at desc, id desc);
comment on table client is 'Each client as they stand: what lists need as columns, and all of it in picture.';

create table client_name (
    client_id uuid not null references client on delete cascade,
    word text collate "C" not null,
    primary key (client_id, word)
);
create index client_name_by_word on client_name (word, client_id);
comment on table client_name is 'Every word of every name a client goes by, small and without accents, to find them by its beginning.';

create table barrier (
    id uuid primary key,
    client_id uuid not null,
    category text,
    status text not null,
    wish text,
    stated_at timestamptz,
    moved_at timestamptz,
    picture json not null
);
create index barrier_by_client on barrier (client_id);
create index barrier_by_category on barrier (category, status);
comment on table barrier is 'What stands in the way, and what was done about it.';

create table plan (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    status text not null,
    moved_at timestamptz,
    picture json not null
);
create index plan_by_client on plan (client_id);
comment on table plan is 'If-then plans as they stand.';

create table task (
    id uuid primary key,
    client_id uuid not null,
    kind text not null,
    status text not null,
    rank smallint not null,
    due_from timestamptz,
    due_by timestamptz,
    assignee uuid,
    referral_id uuid,
    escalated_at timestamptz,
    opened_at timestamptz,
    moved_at timestamptz,
    picture json not null
);
create index task_by_client on task (client_id, opened_at);
create index task_alive_by_client on task (client_id, due_by) where status in ('open', 'claimed', 'in_progress');
create index task_alive_by_assignee on task (assignee, due_by) where status in ('open', 'claimed', 'in_progress');
comment on table task is 'What there is to do. Overdue is never kept: it follows from due_by and the time of looking.';
comment on column task.rank is 'The priority as a number, most pressing first: stat 0, asap 1, urgent 2, routine 3.';

create table referral (
    id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    status text not null,
    business_status text not null,
    service_id uuid not null,
    organization_id uuid not null,
    client_confirmed text,
    acknowledge_by timestamptz,
    drafted_at timestamptz,
    moved_at timestamptz,
    picture json not null
);
create index referral_by_client on referral (client_id);
create index referral_by_organization on referral (organization_id, status);
comment on table referral is 'Referrals with their candidates and every move, as they stand.';

create table message (
    id uuid primary key,
    client_id uuid not null,
    kind text not null,
    stage text not null,
    due_at timestamptz,
    moved_at timestamptz,
    picture json not null
);
create index message_by_client on message (client_id, due_at);
comment on table message is 'What was, is or will be said to clients: planned, held, sent or withheld, with the reasons.';
