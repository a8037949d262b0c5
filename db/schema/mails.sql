-- What is mailed to members about their reservations.
begin;
set local role berth_owner;

create table booking.mails (
  tenant_id       uuid not null,
  id              uuid not null,
  turn            bigint not null generated always as identity,
  user_id         uuid not null,
  kind            text not null check (kind in ('confirmed', 'pending', 'changed', 'cancelled', 'rejected', 'displaced', 'offered', 'verification')),
  items           jsonb not null check (pg_column_size(items) <= 16777216),
  reason          text check (length(reason) <= 1000),
  status          text not null default 'pending' check (status in ('pending', 'sent', 'skipped', 'failed')),
  attempts        integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  error           text check (length(error) <= 1000),
  created_at      timestamptz not null default now(),
  sent_at         timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references booking.members (tenant_id, user_id) on delete cascade
);
create index mails_by_user on booking.mails (tenant_id, user_id, created_at);
create index mails_to_send on booking.mails (next_attempt_at, turn) where status = 'pending';
create index mails_by_age on booking.mails using brin (created_at);

comment on table booking.mails is
  'The outbox: one row a mail, written once by whoever takes the events, sent by whoever leases it. It goes with its '
  'member.';
comment on column booking.mails.id is
  'The id of the event that it tells of, or of the first of several, or of the email_verification that it is for; its '
  'Message-ID is made of it, so that one sent twice can be recognised.';
comment on column booking.mails.turn is 'Rises in the order of the events.';
comment on column booking.mails.items is
  'The reservations it is about, as they were then, each with what they were before: [{"reservation", "previous"}]. '
  'Emptied once it is sent.';
comment on column booking.mails.status is
  'pending; sent; skipped, since its member did not agree to be mailed when it was to be sent, or had no verified '
  'address, or with the error too_many_requests, since they were mailed as often as they may be in a day; or failed '
  'for good, with the error.';
comment on column booking.mails.next_attempt_at is
  'Not before then. Who sends it leases it by putting this off, so that another sends it if they die.';

create view api.mails with (security_invoker = true) as
select tenant_id, id, user_id, kind, status, attempts, case when status = 'pending' then next_attempt_at end as next_attempt_at, error, created_at, sent_at
  from booking.mails;
comment on view api.mails is 'What was mailed, to whom, and how it went: to oneself; all of the tenant''s for admins.';

create table booking.mail_templates (
  tenant_id uuid not null references booking.tenants (id),
  id        uuid not null default gen_random_uuid(),
  kind      text not null check (kind in ('confirmed', 'pending', 'changed', 'cancelled', 'rejected', 'displaced', 'offered', 'verification')),
  subject   text not null check (length(subject) <= 300 and booking.is_mail_template(subject)),
  body      text not null check (length(body) <= 20000 and booking.is_mail_template(body)),
  primary key (tenant_id, id),
  unique (tenant_id, kind),
  check (kind <> 'verification' or body ~ '\$(link\M|\{link\})')
);
comment on table booking.mail_templates is 'What a tenant says in its mails, where not the words that come with Berth.';
comment on column booking.mail_templates.subject is
  'Text with $name, $tenant, $resource, $title, $times, $before, $until, $reason, $reference, $link; $$ is a dollar. '
  'verification has only $tenant, $until and $link, which it must have.';
comment on column booking.mail_templates.body is 'Plain text with the same names.';

create view api.mail_templates with (security_invoker = true) as
select tenant_id, id, kind, subject, body
  from booking.mail_templates;
comment on view api.mail_templates is
  'What mails say, by kind: confirmed, pending, changed, cancelled, rejected, displaced, offered, verification. '
  'subject and body are text with $name, $tenant, $resource, $title, $times, $before, $until, $reason, $reference, '
  '$link. '
  'Admins read, insert, update and delete here; a kind without a row says what comes with Berth.';

create trigger _500_write_through
  instead of insert or update or delete on api.mail_templates
  for each row execute function booking.write_through_view('admin');

commit;
