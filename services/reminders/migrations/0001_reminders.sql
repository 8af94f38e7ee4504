-- What reminders keeps: what it learned about clients, every message to them, what they wrote back.

create table client (
    client_id uuid primary key,
    version integer not null check (version >= 1),
    time_zone text not null,
    language text not null,
    pace text not null constraint pace_is_known check (pace in ('slow', 'steady', 'brisk')),
    available jsonb not null
);
comment on table client is 'How a client lives, learned from intake; the highest version wins.';

create table contact (
    client_id uuid primary key,
    version integer not null check (version >= 1),
    preferred_name text not null,
    channels jsonb not null,
    addresses text[] not null,
    prohibited boolean not null,
    wanted boolean not null
);
create index contact_by_address on contact using gin (addresses);
comment on table contact is 'How a client can be reached, learned from intake; addresses are in the form in which replies are compared.';

create table choice (
    client_id uuid primary key,
    stopped boolean not null,
    chosen_at timestamptz not null
);
comment on table choice is 'The last STOP or START of a client. No row: neither was ever said.';

create table barrier (
    barrier_id uuid primary key,
    client_id uuid not null,
    version integer not null,
    status text not null
);
create index barrier_open on barrier (client_id) where status not in ('eased', 'withdrawn');
comment on table barrier is 'Whether there is something to check in about, learned from barriers; version 0 is the answer itself.';

create table plan (
    plan_id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    version integer not null,
    status text not null,
    cue_hours_before integer
);
create index plan_with_cue on plan (client_id) where cue_hours_before is not null;

create table referral (
    referral_id uuid primary key,
    client_id uuid not null,
    barrier_id uuid not null,
    version integer not null,
    status text not null,
    appointment_version integer not null,
    starts_at timestamptz,
    completed_at timestamptz,
    confirmed_version integer not null,
    confirmed text not null,
    confirmed_at timestamptz
);
create index referral_with_appointment on referral (client_id) where starts_at is not null;
comment on table referral is 'What messages about a referral rest on; each part keeps its own version, so that events merge in any order.';

create table reminder (
    reminder_id uuid primary key,
    client_id uuid not null,
    kind text not null,
    barrier_id uuid,
    referral_id uuid,
    plan_id uuid,
    appointment_version integer,
    anchor_at timestamptz not null,
    lead integer not null,
    due_at timestamptz not null,
    useful_until timestamptz not null,
    why text not null,
    cause_id uuid not null,
    cause_type text not null,
    correlation_id uuid not null,
    traceparent text,
    stage text not null constraint stage_is_known
        check (stage in ('scheduled', 'held', 'sending', 'sent', 'withheld')),
    next_look_at timestamptz not null,
    reason text,
    detail text,
    held_until timestamptz,
    channel text,
    address text,
    subject text,
    body text,
    attempts integer not null default 0,
    lease_until timestamptz,
    let_go_at timestamptz,
    scheduled_at timestamptz not null,
    changed_at timestamptz not null,
    answered_by uuid,
    constraint held_says_why_and_until check ((stage = 'held') = (held_until is not null)),
    constraint withheld_says_why check (stage not in ('held', 'withheld') or reason is not null),
    constraint sending_has_intent_and_lease check (
        stage <> 'sending' or (body is not null and address is not null and channel is not null and lease_until is not null)
    ),
    constraint sent_says_how check (stage <> 'sent' or (channel is not null and let_go_at is not null))
);
create index reminder_to_look_at on reminder (next_look_at) where stage in ('scheduled', 'held');
create index reminder_in_hand on reminder (lease_until) where stage = 'sending';
create index reminder_timeline on reminder (client_id, due_at, reminder_id);
create index reminder_sent_lately on reminder (client_id, let_go_at) where stage in ('sending', 'sent');
create unique index one_pending_question_of_a_kind on reminder (client_id, kind)
    where kind in ('check_in', 'after_setback') and stage in ('scheduled', 'held', 'sending');
comment on table reminder is 'Every message to a client from the plan to its end. next_look_at is the domain''s time, lease_until real time.';

create table reminder_change (
    reminder_id uuid not null,
    changed_at timestamptz not null,
    stage text not null,
    reason text,
    detail text,
    held_until timestamptz,
    channel text
);
create index reminder_change_of on reminder_change (reminder_id, changed_at);
comment on table reminder_change is 'Every hold, release, hand-over and end of a message. Append-only.';

create table reply (
    reply_id uuid primary key,
    client_id uuid,
    kind text not null,
    words text not null,
    channel text not null,
    address text not null,
    in_reply_to uuid,
    gateway_message_id text,
    received_at timestamptz not null
);
create unique index reply_once_per_gateway_message on reply (gateway_message_id);
comment on table reply is 'What clients wrote, word for word. No client: the address belongs to nobody we know. Append-only.';

create table mailbox (
    number bigint generated always as identity primary key,
    reminder_id uuid not null unique,
    client_id uuid not null,
    channel text not null,
    address text not null,
    subject text,
    body text not null,
    received_at timestamptz not null
);
comment on table mailbox is 'The development mailbox: what a provider would have got, once per message. Append-only.';

grant update, delete on client, contact, choice, barrier, plan, referral, reminder to foothold_reminders;
