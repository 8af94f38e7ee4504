-- Lists of a team or a person read one index. Which team a client belongs to and who looks after them stands with
-- their tasks and referrals, and changes with the caseload in the same transaction.

alter table task add column team_id uuid, add column caretaker uuid;
comment on column task.caretaker is 'Who looks after the client; the task is theirs while nobody has taken it on.';
alter table referral add column team_id uuid, add column caretaker uuid;

update task t set team_id = l.team_id, caretaker = l.staff_id from caseload l where l.client_id = t.client_id;
update referral r set team_id = l.team_id, caretaker = l.staff_id from caseload l where l.client_id = r.client_id;

drop index task_alive;
drop index task_alive_by_assignee;
create index task_alive_by_team on task (team_id)
    include (id, client_id, kind, rank, due_from, due_by, assignee, caretaker, escalated_at, acknowledged_at)
    where status in ('open', 'claimed', 'in_progress');
create index task_alive_by_owner on task (coalesce(assignee, caretaker))
    where status in ('open', 'claimed', 'in_progress');

drop index referral_without_word;
create index referral_without_word on referral (team_id, organization_id)
    include (client_id, caretaker, status, acknowledge_by, stalled)
    where status = 'requested' or stalled;

create index caseload_by_person_of_team on caseload (team_id, staff_id);
