-- Records that turned out to be one person's.

alter table client add column merged_into uuid;
create index client_by_survivor on client (merged_into) where merged_into is not null;
comment on column client.merged_into is 'The record that this one was merged into; whatever is said of either is said of that person.';
