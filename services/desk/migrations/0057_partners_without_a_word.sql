-- Who waits for a word, found and put in order by the index alone: the rows of a team's referrals lie far apart.

drop index referral_without_word;
create index referral_without_word on referral (team_id, organization_id)
    include (id, client_id, caretaker, status, acknowledge_by, stalled)
    where status = 'requested' or stalled;
