-- What somebody sent after their session had ended: theirs alone, for an hour, until they have signed in again.

create table kept_form (
    id uuid primary key,
    staff_id uuid not null references staff,
    path text not null,
    page text not null,
    fields json not null,
    kept_at timestamptz not null
);
create index kept_form_by_staff on kept_form (staff_id, kept_at desc);
create index kept_form_by_time on kept_form (kept_at);
comment on table kept_form is 'Forms that came with an ended session, as they were typed. Shown to nobody but whose session it was, never sent by itself, gone after an hour. All times are real.';
comment on column kept_form.path is 'Where the form was sent to.';
comment on column kept_form.page is 'The page that it stands on.';
