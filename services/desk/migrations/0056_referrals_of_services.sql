-- Who refers to a service, and how fast it answers: asked by service, so kept where that is found.

alter table referral
    add column requested_at timestamptz,
    add column answered_at timestamptz,
    add column service_name text,
    add column organization_name text;
comment on column referral.requested_at is 'When the service was first asked; null while nobody asked it.';
comment on column referral.answered_at is 'When it first said anything: yes, no, a meeting, or help given.';

update referral r
set service_name = r.picture ->> 'service_name',
    organization_name = r.picture ->> 'organization_name',
    requested_at = (
        select min((m.move ->> 'at')::timestamptz) from json_array_elements(r.picture -> 'moves') as m (move)
        where m.move ->> 'status' = 'requested'),
    answered_at = (
        select min((m.move ->> 'at')::timestamptz) from json_array_elements(r.picture -> 'moves') as m (move)
        where m.move ->> 'status' in ('accepted', 'rejected', 'progressed', 'scheduled', 'completed')
           or (m.move ->> 'status' = 'ended' and m.move ->> 'by' = 'partner'));

create index referral_by_service on referral (service_id, requested_at) where requested_at is not null;
