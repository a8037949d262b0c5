-- Which events are worth a mail, what a tenant may say in it, and who sees what was sent. tests/test_mail.py sends them.
begin;
select no_plan();
select tests.world();

-- Templates
select tests.be('admin');
select lives_ok(format('insert into api.mail_templates (kind, subject, body) values (%L, %L, %L)', kind, '$title: ${resource}', '$name $times $before $until $reason $tenant $reference $$5'), 'an admin says it in their words: ' || kind)
  from unnest('{confirmed, pending, changed, cancelled, rejected, displaced, offered}'::text[]) kind;
select is(tests.answer(format('insert into api.mail_templates (kind, subject, body) values (%L, %L, %L)', kind, subject, body)) ->> 'message', slug, format('%s: %s, %s, %s', slug, kind, subject, body))
  from (values ('confirmed', 'x', 'y', 'duplicate_id'), ('birthday', 'x', 'y', 'invalid_argument'), (null, 'x', 'y', 'invalid_argument'), ('confirmed', '$tittle', 'y', 'invalid_argument'),
               ('confirmed', 'x', '$', 'invalid_argument'), ('confirmed', 'x', '${name', 'invalid_argument'), ('confirmed', 'x', '$names', 'invalid_argument'), ('confirmed', repeat('x', 301), 'y', 'invalid_argument')) as t (kind, subject, body, slug);
select lives_ok($$ update api.mail_templates set body = 'Hi $name' where kind = 'confirmed' $$, 'changes it');
select lives_ok($$ delete from api.mail_templates where kind = 'offered' $$, 'and takes it back');
select is(string_agg(kind, ' ' order by kind), 'cancelled changed confirmed displaced pending rejected', 'and sees it') from api.mail_templates;
create function pg_temp.sees(who text) returns text language sql
as $$ select tests.be(who); select (select count(*) from api.mail_templates) || ' ' || (tests.answer('insert into api.mail_templates (kind, subject, body) values (''offered'', ''x'', ''y'')') ->> 'message') $$;
select is(pg_temp.sees(who), '0 forbidden', who || ' neither sees nor writes it') from unnest('{manager, approver, member}'::text[]) who;

-- Worth a mail
select tests.be_dba();
select is(booking.mail_kind(jsonb_populate_record(null::booking.events, jsonb_build_object('type', type, 'subject', subject, 'previous', previous))), kind, format('%s %s after %s: %s', type, subject, previous, coalesce(kind, 'none')))
  from (values ('reservation.confirmed', '{}'::jsonb, '{}'::jsonb, 'confirmed'), ('reservation.submitted', '{}', '{}', 'pending'), ('reservation.rejected', '{}', '{"status": "pending"}', 'rejected'),
               ('reservation.displaced', '{}', '{"status": "held"}', 'displaced'), ('reservation.held', '{}', '{}', null), ('reservation.held', '{"waitlist_entry_id": "x"}', '{}', 'offered'),
               ('reservation.cancelled', '{}', '{"status": "confirmed"}', 'cancelled'), ('reservation.cancelled', '{}', '{"status": "held"}', null), ('reservation.cancelled', '{}', '{"status": "tentative"}', null),
               ('reservation.rescheduled', '{"status": "confirmed"}', '{"starts_at": "x"}', 'changed'), ('reservation.rescheduled', '{"status": "held"}', '{"starts_at": "x"}', null),
               ('reservation.rescheduled', '{"status": "confirmed"}', '{"unit": 1}', null), ('reservation.updated', '{"status": "confirmed"}', '{"title": "x"}', null),
               ('reservation.created', '{}', '{}', null), ('reservation.completed', '{}', '{}', null), ('resource.created', '{}', '{}', null), ('series.created', '{}', '{}', null)) as e (type, subject, previous, kind);

select is(booking.mail_kind(jsonb_populate_record(null::booking.events, jsonb_build_object('type', 'reservation.cancelled', 'subject', '{}'::jsonb, 'previous', '{"status": "pencilled"}'::jsonb, 'owner_id', tests.id('member'), 'actor_id', tests.id(who)))),
  kind, format('a pencil given back by the %s: %s', who, coalesce(kind, 'none'))) from (values ('member', null), ('manager', 'cancelled'), (null, 'cancelled')) as a (who, kind);

-- Leases
update booking.members set email = user_id || '@example.org', email_verified_at = now(), email_consent_at = case when display_name = 'member' then now() end where display_name <> 'admin';
insert into booking.mails (tenant_id, id, user_id, kind, items, next_attempt_at)
select tests.id('acme'), tests.id(who || ' mail'), tests.id(who), 'confirmed', jsonb_build_array(jsonb_build_object('reservation', jsonb_build_object('resource_id', tests.id('room')), 'previous', '{}'::jsonb)), tests.at(clock)
  from (values ('member', '07:00'), ('manager', '07:00'), ('admin', '07:00')) as m (who, clock);
create function pg_temp.take() returns jsonb language sql as $$ select m from booking.take_mails(10, '10 minutes') m $$;
create temp table taken as select pg_temp.take() as mail;
select is(mail - 'items', jsonb_build_object('tenant_id', tests.id('acme'), 'id', tests.id('member mail'), 'attempt', 1, 'kind', 'confirmed', 'reason', null, 'email', tests.id('member') || '@example.org', 'name', 'member',
  'tenant', 'Acme', 'subject', '$title: ${resource}', 'body', 'Hi $name', 'resources', jsonb_build_object(tests.id('room'), '{"name": "room", "timezone": "UTC"}'::jsonb)), 'a mail, and all that is needed to send it') from taken;
select is(string_agg(status || ' ' || jsonb_array_length(items), ', ' order by status), 'pending 1, skipped 0, skipped 0', 'who does not agree, or has no address, is skipped') from booking.mails;
select is(pg_temp.take(), null, 'it is leased');
select tests.clock('08:11');
select is(pg_temp.take() ->> 'attempt', '2', 'and comes again when the lease has run out');
select booking.finish_mail(tests.id('acme'), tests.id('member mail'), 1);
select is((select status from booking.mails where user_id = tests.id('member')), 'pending', 'whose lease another has taken over says nothing');
select booking.finish_mail(tests.id('acme'), tests.id('member mail'), 2, 'busy', '1 hour');
select is(pg_temp.take(), null, 'what failed waits');
select tests.clock('09:11');
select is(pg_temp.take() ->> 'attempt', '3', 'as long as it should');
select booking.finish_mail(tests.id('acme'), tests.id('member mail'), 3);
select is((select row(status, items, sent_at, error)::text from booking.mails where user_id = tests.id('member')), row('sent', '[]'::jsonb, tests.at('09:11'), null)::text, 'once sent it says nothing of what it was about');
insert into booking.mails (tenant_id, id, user_id, kind, items) values (tests.id('acme'), tests.id('lost'), tests.id('member'), 'changed', '[]');
select tests.clock('08:00', 10000);
select booking.finish_mail(tests.id('acme'), tests.id('lost'), (pg_temp.take() ->> 'attempt')::integer, 'no such user');
select is((select status || ' ' || error from booking.mails where id = tests.id('lost')), 'failed no such user', 'what is refused has failed for good');

-- Who sees
select tests.be('member');
select is(count(*), 2::bigint, 'members see what was mailed to them') from api.mails;
select tests.be('manager');
select is(count(*), 1::bigint, 'managers too, and no more') from api.mails;
select tests.be('admin');
select is(count(*), 4::bigint, 'admins all of it') from api.mails;
select throws_ok(format('select * from booking.%s', call), '42501', null, 'nobody but the worker: ' || call) from unnest('{enqueue_mails(), "take_mails(1, ''1 minute'')"}'::text[]) call;

select * from finish();
rollback;
