-- What was reported to be wrong in the directory, and what became of it, is read from what was stated: there is
-- little of it, each part is stated once, and whoever looks through it wants every word.
create index entry_service_reported on entry (occurred_at, id)
    where type = 'care.navigation.service.reported.v1';
create index entry_service_reported_of on entry ((data ->> 'service_id'), occurred_at, id)
    where type = 'care.navigation.service.reported.v1';
create index entry_report_of on entry ((data ->> 'report_id'))
    where type in ('care.navigation.service.reported.v1', 'care.navigation.report.resolved.v1');
