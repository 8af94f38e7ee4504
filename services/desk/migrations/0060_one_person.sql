-- Who is one person by now: the records that were put together, and the teams that look after any of them.

create table one_person (
    client_id uuid primary key,
    survivor_id uuid not null,
    team_ids uuid[] not null
);
create index one_person_by_survivor on one_person (survivor_id);
create index one_person_of_several_teams on one_person (client_id) where cardinality(team_ids) > 1;
comment on table one_person is 'Every record that shares a person with another one. Who has no row is one person with one record.';
comment on column one_person.survivor_id is 'The record that stands for the person; its own id in its own row.';
comment on column one_person.team_ids is 'The teams of all records of the person: whoever may see one of them sees the person.';

-- Who looks after a record: as the caseload says of it, else of the record that stands for the person, else of
-- another record of theirs. Written as one statement without settings, so that it becomes a part of whatever asks.
create function who_looks_after(record uuid) returns table (team_id uuid, staff_id uuid) language sql stable as $$
    select l.team_id, l.staff_id
    from caseload l
    where l.client_id = any(array(
        select record
        union all
        select o.client_id from one_person s join one_person o on o.survivor_id = s.survivor_id
        where s.client_id = record
    ))
    order by l.client_id <> record,
             not exists (select from one_person s where s.client_id = record and s.survivor_id = l.client_id),
             l.client_id
    limit 1
$$;

-- What was put together before there was this table.

insert into one_person (client_id, survivor_id, team_ids)
with recursive up as (
    select c.id as client_id, c.merged_into as survivor_id, 1 as steps
    from client c where c.merged_into is not null
    union all
    select u.client_id, c.merged_into, u.steps + 1
    from up u join client c on c.id = u.survivor_id
    where c.merged_into is not null and u.steps < 100
),
root as (select distinct on (client_id) client_id, survivor_id from up order by client_id, steps desc),
record as (select client_id, survivor_id from root union select survivor_id, survivor_id from root)
select r.client_id, r.survivor_id,
       array(select distinct k.team_id from record o join caseload k on k.client_id = o.client_id
             where o.survivor_id = r.survivor_id)
from record r;

update task t set team_id = l.team_id, caretaker = l.staff_id
from one_person o cross join lateral who_looks_after(o.client_id) l
where t.client_id = o.client_id and t.team_id is null;
update referral r set team_id = l.team_id, caretaker = l.staff_id
from one_person o cross join lateral who_looks_after(o.client_id) l
where r.client_id = o.client_id and r.team_id is null;
