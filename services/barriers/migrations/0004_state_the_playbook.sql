-- Which versions of the playbook have been stated as events, so that each is stated once.

create table playbook_stated (
    number integer primary key,
    edition text not null
);
comment on table playbook_stated is 'Versions of the playbook that others have been told of. Number 1 is told again when its files have changed.';
