-- What was heard in conversations, the four cells of a balance, and what was said about a ruler.

create table conversation (
    id uuid primary key,
    client_id uuid not null references client,
    held_at timestamptz not null,
    next_steps text[] not null,
    recorded_at timestamptz not null,
    recorded_by uuid not null,
    constraint recorded_at_or_after_held_at check (recorded_at >= held_at)
);
comment on table conversation is 'A conversation that was written down. Append-only.';
comment on column conversation.next_steps is 'What staff said that they will do next.';
create index conversation_of_client on conversation (client_id, held_at desc, id desc);

create table heard (
    conversation_id uuid not null references conversation,
    place smallint not null constraint place_counts_from_one check (place >= 1),
    id uuid not null unique,
    words text not null constraint words_say_something check (words ~ '\S'),
    talk text constraint talk_is_known check (talk in (
        'desire', 'ability', 'reasons', 'need', 'commitment', 'activation', 'taking_steps', 'sustain'
    )),
    past_success boolean not null,
    barrier_id uuid references barrier,
    goal_id uuid references goal,
    primary key (conversation_id, place)
);
comment on table heard is 'What a client said in a conversation, word for word, in order. Append-only.';
comment on column heard.talk is 'How staff heard it: a kind of change talk, or sustain talk. No score of anybody.';

create table balance (
    client_id uuid primary key references client,
    version integer not null constraint version_counts_from_one check (version >= 1),
    good_about_staying text[] not null,
    less_good_about_staying text[] not null,
    good_about_changing text[] not null,
    less_good_about_changing text[] not null,
    weighed_at timestamptz not null,
    weighed_by uuid not null
);
comment on table balance is 'The four cells as the client sees them now, where they wanted to weigh it up. Earlier ones are in the history.';

alter table readiness add column follow_ups jsonb not null default '[]'
    constraint follow_ups_is_a_list check (jsonb_typeof(follow_ups) = 'array');
comment on column readiness.follow_ups is 'What the client answered to "why a 6 and not a 3?" and "what would it take?", by ruler.';

revoke update, delete on conversation, heard from foothold_intake;
revoke delete on balance from foothold_intake;
