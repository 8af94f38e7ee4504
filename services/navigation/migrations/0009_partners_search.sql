-- A partner's own system asks what has moved since it last asked, and reads the consent of what it was sent.

create index referral_moved_for_organization on referral (organization_id, moved_at, id) where sent_at is not null;
create index referral_of_organization_on_consent on referral (consent_id, organization_id) where sent_at is not null;
