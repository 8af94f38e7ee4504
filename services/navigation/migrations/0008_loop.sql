-- The loop: when the next word from a partner is due, what took a referral's place, what a partner did.

alter table referral
    add column progress_by timestamptz,
    add column stalled_at timestamptz,
    add column superseded_by uuid;

-- What is under way already gets the usual ten working days, which are always two weeks.
update referral
set progress_by = greatest(moved_at, coalesce(appointment_at, moved_at)) + interval '14 days'
where status in ('accepted', 'in-progress', 'on-hold');

create index referral_unacknowledged on referral (acknowledge_by) where status = 'requested';
create index referral_overdue on referral (progress_by) where status in ('accepted', 'in-progress', 'on-hold');
create index referral_stalling on referral (progress_by)
    where status in ('accepted', 'in-progress', 'on-hold') and stalled_at is null;
create index referral_under_way_of_client on referral (client_id)
    where status in ('requested', 'accepted', 'in-progress', 'on-hold');
create index referral_figures on referral (organization_id, service_id, sent_at)
    include (status, answered_at, unanswered_at, progress_by, client_confirmed, ended_by)
    where sent_at is not null;

alter table answer add column organization_id uuid;
update answer a set organization_id = r.organization_id from referral r where r.id = a.referral_id;
comment on column answer.organization_id is 'Whom the referral was with at that move; empty where an older copy of the service wrote it.';
create index answer_about_organization on answer (organization_id, moved_at, referral_id, version);

-- What was agreed with a service goes before what its directory says, and outlives the next import.
alter table service
    add column acknowledge_as_agreed integer
        constraint acknowledged_as_agreed_within_a_positive_time check (acknowledge_as_agreed > 0),
    add column progress_as_agreed integer
        constraint progress_as_agreed_within_a_positive_time check (progress_as_agreed > 0);
