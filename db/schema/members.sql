-- Who may act in a tenant. A token counts only while its row is here.
begin;
set local role berth_owner;

create table booking.members (
  tenant_id        uuid not null references booking.tenants (id),
  user_id          uuid not null,
  role             booking.member_role not null default 'member',
  display_name     text not null default '' check (length(display_name) <= 200
                                              and display_name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  -- What HTML accepts of <input type="email">: plain ASCII, and nothing that a mail's header would read otherwise.
  email            varchar(254) check (email ~ '^[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$'),
  email_consent_at timestamptz check (email_consent_at is null or email is not null),
  email_verified_at timestamptz check (email_verified_at is null or email is not null),
  phone            varchar(50) check (phone ~ '^[0-9 +()./-]+$'),
  created_at       timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
comment on table booking.members is
  'The people of a tenant. Deleting a row ends that person''s access at once, whatever tokens exist.';
comment on column booking.members.user_id is 'The token''s sub claim.';
comment on column booking.members.email_consent_at is
  'Since when they agree to be mailed; null: they do not, and nothing is sent.';
comment on column booking.members.email_verified_at is
  'Since when it is known that the address is theirs; null: it is not, and nothing is sent but the link that asks. '
  'Another address is another question.';

commit;
