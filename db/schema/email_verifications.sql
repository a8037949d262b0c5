-- Whether an address that a member gives is theirs: asked by a mail with a link that works once.
begin;
set local role berth_owner;

create table booking.email_verifications (
  tenant_id    uuid not null,
  id           uuid not null default gen_random_uuid(),
  user_id      uuid not null,
  email        varchar(254) not null,
  token_hashes bytea[] not null default '{}' check (cardinality(token_hashes) <= 10),
  is_mailed    boolean not null default false,
  created_at   timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references booking.members (tenant_id, user_id) on delete cascade
);
create index email_verifications_by_user on booking.email_verifications (tenant_id, user_id, created_at);
create index email_verifications_by_email on booking.email_verifications (tenant_id, lower(email), created_at);
-- For whoever mails, in all tenants at once.
create index email_verifications_to_mail on booking.email_verifications (created_at) where not is_mailed;

comment on table booking.email_verifications is
  'Each time a member asked that their address be verified. It counts, and its link works, for a day; then it goes. '
  'It goes with its member, too.';
comment on column booking.email_verifications.id is 'The mail''s id, too.';
comment on column booking.email_verifications.email is 'The address that was theirs then; the link verifies no other.';
comment on column booking.email_verifications.token_hashes is
  'SHA-256 of the token in each attempt to send the link; empty once one was used. The token itself is nowhere but in '
  'the mail.';
comment on column booking.email_verifications.is_mailed is
  'Whether the mail was written; until then it waits for a worker that mails.';

commit;
