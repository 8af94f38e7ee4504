-- Telling partners' own systems over NATS: whose consumer is there, and what must be taken out of the stream.

create table stream_consumer (
    organization_id uuid primary key references partner (organization_id),
    made_at timestamptz not null default clock_timestamp()
);
comment on table stream_consumer is 'Partners of whom the broker may have a consumer; the row goes once the consumer is gone.';

create table stream_removal (
    event_id uuid primary key references partner_event (id),
    asked_at timestamptz not null default clock_timestamp()
);
comment on table stream_removal is 'Notices of which a message with what must not be told any more may be in the stream.';

-- Whoever takes the content out of a notice, for whatever reason: it leaves the stream too.
create function take_out_of_stream() returns trigger language plpgsql set search_path from current as $$
begin
    insert into stream_removal (event_id)
    select d.event_id from delivery d where d.way = 'nats' and d.event_id = new.id
    on conflict (event_id) do nothing;
    return null;
end
$$;

create trigger content_leaves_the_stream
    after update of client on partner_event
    for each row when (old.client is not null and new.client is null)
    execute function take_out_of_stream();

comment on column delivery.stream_sequence is 'Where in the stream something lies that may have to be taken back; null where there is nothing.';
