-- Answers that were kept for repeated requests still say of clients what may be told no more.
delete from idempotency where route = 'POST /partner/referrals/{referral_id}/answers';
