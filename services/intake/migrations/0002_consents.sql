-- Consents as they stood on the form. A row never changes; taking a consent back is a row of its own.

create table consent (
    id uuid primary key,
    client_id uuid not null references client,
    client_name text not null,
    discloser text not null constraint discloser_is_named check (discloser ~ '\S'),
    information text not null constraint information_is_described check (information ~ '\S'),
    scopes text[] not null constraint scopes_are_known check (
        cardinality(scopes) > 0
        and scopes <@ array['name_and_contact', 'need', 'own_words', 'availability', 'access_needs']
    ),
    purposes text[] not null constraint purposes_are_known check (
        cardinality(purposes) > 0 and purposes <@ array['care_coordination', 'treatment', 'payment']
    ),
    organizations uuid[] not null,
    organization_names text[] not null,
    any_matched_service boolean not null,
    recipient_class text,
    intermediary text,
    given_how text not null constraint given_how_is_written check (
        given_how in ('signed_on_paper', 'signed_on_screen')
    ),
    signer text not null constraint signer_is_known check (signer in ('client', 'representative')),
    representative text,
    explained text[] not null constraint everything_was_explained check (
        explained @> array['how_to_revoke', 'may_be_passed_on', 'what_if_not_signed']
    ),
    granted_at timestamptz not null,
    expires_at timestamptz,
    recorded_at timestamptz not null,
    recorded_by uuid not null,
    constraint every_recipient_has_a_name check (cardinality(organizations) = cardinality(organization_names)),
    constraint somebody_may_be_told check (any_matched_service or cardinality(organizations) > 0),
    constraint intermediary_of_a_class_is_named check (
        not any_matched_service or (intermediary is not null and recipient_class is not null)
    ),
    constraint representative_is_named check ((signer = 'representative') = (representative is not null)),
    constraint expires_after_it_was_granted check (expires_at > granted_at),
    constraint recorded_at_or_after_granted_at check (recorded_at >= granted_at)
);
comment on table consent is 'Who may be told what, for which purpose, until when; the content of 42 CFR 2.31(a). Append-only.';
comment on column consent.client_name is 'The name as it stood on the form.';
comment on column consent.expires_at is 'Null means until it is revoked.';
create index consent_of_client on consent (client_id, id);

create table consent_revocation (
    consent_id uuid primary key references consent,
    revoked_at timestamptz not null,
    how text not null constraint how_is_known check (how in ('spoken', 'in_writing')),
    recorded_by uuid not null
);
comment on table consent_revocation is 'Consents taken back. One row each, final: a later consent is a new record. Append-only.';

revoke update, delete on consent, consent_revocation from foothold_intake;
