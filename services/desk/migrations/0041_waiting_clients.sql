-- Who waits for a team, kept as it changes: to look for them among all clients takes the longer the more there are.

create table waiting_client (
    client_id uuid primary key references client on delete cascade,
    registered_at timestamptz not null
);
create index waiting_client_by_registration on waiting_client (registered_at desc, client_id desc);
comment on table waiting_client is 'Clients who are registered and belong to no team yet. Triggers keep it.';

create function keep_waiting_client() returns trigger language plpgsql set search_path from current as $$
begin
    if new.registered_at is not null
       and not exists (select from caseload l where l.client_id = new.id) then
        insert into waiting_client (client_id, registered_at) values (new.id, new.registered_at)
        on conflict (client_id) do update set registered_at = excluded.registered_at;
    end if;
    return null;
end;
$$;
create trigger client_waits after insert or update of registered_at on client
    for each row execute function keep_waiting_client();

create function end_waiting_client() returns trigger language plpgsql set search_path from current as $$
begin
    delete from waiting_client where client_id = new.client_id;
    return null;
end;
$$;
create trigger client_waits_no_more after insert on caseload
    for each row execute function end_waiting_client();

insert into waiting_client (client_id, registered_at)
select c.id, c.registered_at
from client c
where c.registered_at is not null and not exists (select from caseload l where l.client_id = c.id);
