-- Who waits for a team is found without looking at everybody.

alter table client add column team_id uuid;
comment on column client.team_id is 'The team of the caseload; null while they wait for one.';
update client c set team_id = l.team_id from caseload l where l.client_id = c.id;
create index client_without_team on client (registered_at desc, id desc) where team_id is null;
