-- What there is to do for one client, also where a list of a team looks for those whom it shares with another team.
create index task_alive_by_client on task (client_id) where status in ('open', 'claimed', 'in_progress');
