-- api.reschedule_series moves this, the following or all occurrences of a series, all of these or none.
begin;
select no_plan();
select tests.world();
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');
create function pg_temp.three(more text default '') returns text language sql return 'tests.recur(''a'', ''FREQ=DAILY;COUNT=3''' || more || ')';

create temp table stories (what text, make text, steps text[], told text, stands text, says text);
insert into stories
select what, coalesce(make, pg_temp.three()), steps, told, stands, says
  from (values
  -- All
  ('an hour later', null, array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('earlier', null, array[$$reschedule all a, shift => '-90 minutes'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 07:30-08:30, 09 07:30-08:30, 10 07:30-08:30', 'FREQ=DAILY;COUNT=3 from 08 07:30'),
  ('a day later, over each other''s old time', null, array[$$reschedule all a, shift => '1 day'$$],
   '3 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 10 09:00-10:00, 11 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 09 09:00'),
  ('back to back, an hour later', pg_temp.three(', duration => ''24 hours'''), array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-10:00, 09 10:00-10:00, 10 10:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('there and back again', null, array[$$reschedule all a, shift => '1 day 1 hour'$$, $$reschedule all a, shift => '-1 day -1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('local_start is the series''', null, array[$$reschedule all a, local_start => '2030-01-08 14:00'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 14:00-15:00, 09 14:00-15:00, 10 14:00-15:00', 'FREQ=DAILY;COUNT=3 from 08 14:00'),
  ('or that of the occurrence that is named', null, array[$$reschedule all a, reservation_id => tests.id('a2'), local_start => '2030-01-10 14:00'$$],
   '3 reservation.rescheduled, 1 series.updated', '09 14:00-15:00, 10 14:00-15:00, 11 14:00-15:00', 'FREQ=DAILY;COUNT=3 from 09 14:00'),
  ('longer', null, array[$$reschedule all a, duration => '2 hours'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 09:00-11:00, 09 09:00-11:00, 10 09:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('until another time', null, array[$$reschedule all a, local_end => '12:30'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 09:00-12:30, 09 09:00-12:30, 10 09:00-12:30', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('later and longer, with its date', null, array[$$reschedule all a, shift => '1 hour', local_end => '2030-01-08 12:30'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-12:30, 09 10:00-12:30, 10 10:00-12:30', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('elsewhere', null, array[$$reschedule all a, resource_id => tests.id('desks')$$],
   '3 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('with UNTIL', $$tests.recur('a', 'FREQ=DAILY;UNTIL=20300110T090000Z')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;UNTIL=20300110T100000Z from 08 10:00'),
  ('with rdates', $$tests.recur('a', null, rdates => '{2030-01-08 09:00, 2030-01-10 15:00}')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 10 16:00-17:00', 'none from 08 10:00 and 08 10:00, 10 16:00'),
  ('the days of a week turn', $$tests.recur('a', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3')$$, array[$$reschedule all a, shift => '1 day'$$],
   '3 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 11 09:00-10:00, 16 09:00-10:00', 'FREQ=WEEKLY;COUNT=3;BYDAY=WE,FR;WKST=TU from 09 09:00'),
  ('backwards over Monday', $$tests.recur('a', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=3;WKST=SU', local_start => '2030-01-13 09:00')$$, array[$$reschedule all a, shift => '-1 day'$$],
   '3 reservation.rescheduled, 1 series.updated', '12 09:00-10:00, 13 09:00-10:00, 26 09:00-10:00', 'FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=SU,SA;WKST=SA from 12 09:00'),
  ('a week is no turn', $$tests.recur('a', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3')$$, array[$$reschedule all a, shift => '7 days 1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '15 10:00-11:00, 17 10:00-11:00, 22 10:00-11:00', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3 from 15 10:00'),
  ('a month''s day follows', $$tests.recur('a', 'FREQ=MONTHLY;COUNT=3')$$, array[$$reschedule all a, shift => '1 day'$$],
   '3 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 09 09:00-10:00, 09 09:00-10:00', 'FREQ=MONTHLY;COUNT=3 from 09 09:00'),
  ('the day after the second Tuesday is none that a rule can say', $$tests.recur('a', 'FREQ=MONTHLY;BYDAY=2TU;COUNT=3')$$, array[$$reschedule all a, shift => '1 day'$$],
   '3 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 13 09:00-10:00, 13 09:00-10:00', 'none from 09 09:00 and 09 09:00, 13 09:00, 13 09:00'),
  ('hours that the rule says', $$tests.recur('a', 'FREQ=DAILY;BYHOUR=9,17;COUNT=3')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 08 18:00-19:00, 09 10:00-11:00', 'none from 08 10:00 and 08 10:00, 08 18:00, 09 10:00'),
  ('weekdays that are a rule''s limits', $$tests.recur('a', 'FREQ=DAILY;BYDAY=TU,WE,TH,FR;COUNT=4')$$, array[$$reschedule all a, shift => '1 day'$$],
   '4 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 10 09:00-10:00, 11 09:00-10:00, 12 09:00-10:00', 'FREQ=DAILY;BYDAY=TU,WE,TH,FR;COUNT=4 from 09 09:00 and 12 09:00 but 15 09:00'),

  -- This
  ('one goes its own way, and keeps the start the rule gave it', null, array[$$reschedule this a2, shift => '2 hours'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 11:00-12:00 (09 09:00), 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('twice', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule this a2, shift => '1 day'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 10 11:00-12:00 (09 09:00), 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('and home', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule this a2, local_start => '2030-01-09 09:00'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('longer than the others', null, array[$$reschedule this a2, duration => '3 hours'$$, $$reschedule this a2, shift => '5 days'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 14 09:00-12:00 (09 09:00), 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('elsewhere', null, array[$$reschedule this a2, resource_id => tests.id('desks')$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 desks, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),

  -- What was moved on its own stays.
  ('moved before: it stays', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 11:00-12:00 (09 09:00), 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00 and 09 09:00 but 09 10:00'),
  ('moved before, and the others change length alone: it stays', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, duration => '90 minutes'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 09:00-10:30, 09 11:00-12:00 (09 09:00), 10 09:00-10:30', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('include_moved takes it along', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour', include_moved => true$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 12:00-13:00 (09 10:00), 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('include_moved takes along what stayed before', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$, $$reschedule all a, shift => '1 hour', include_moved => true$$],
   '3 reservation.rescheduled, 1 series.updated', '08 11:00-12:00, 09 12:00-13:00 (09 10:00), 10 11:00-12:00', 'FREQ=DAILY;COUNT=3 from 08 11:00 and 09 10:00 but 09 11:00'),
  ('moved elsewhere: it stays', null, array[$$reschedule this a2, resource_id => tests.id('desks')$$, $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 09:00-10:00 desks, 10 10:00-11:00', null),
  ('made longer: it stays', null, array[$$reschedule this a2, duration => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 09:00-11:00, 10 10:00-11:00', null),
  ('moved, stayed, and then moved to where its rule once had it', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$, $$reschedule this a2, local_start => '2030-01-09 09:00'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 09:00-10:00, 10 10:00-11:00', null),
  ('the same by reschedule_reservation', null, array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$, $$api.reschedule_reservation(tests.id('a2'), tests.at('09:00', 2), tests.at('10:00', 2))$$],
   '1 reservation.rescheduled', '08 10:00-11:00, 09 09:00-10:00, 10 10:00-11:00', null),
  ('one that stayed goes its way with those that follow', $$tests.recur('a', 'FREQ=DAILY;COUNT=2')$$,
   array[$$reschedule this a2, shift => '2 hours'$$, $$reschedule all a, shift => '-1 hour'$$, $$reschedule following a2, shift => '1 hour', include_moved => true$$],
   '1 reservation.rescheduled, 1 series.created, 1 series.updated', '08 08:00-09:00, 09 12:00-13:00 (09 10:00) split', null),

  -- What was cancelled or deleted never comes back.
  ('a cancelled one stays where it was', null, array[$$cancel this a2$$, $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 09:00-10:00 cancelled, 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00 but 09 10:00'),
  ('its time is not the series'' any more', null, array[$$cancel this a2$$, $$reschedule all a, shift => '1 hour'$$, $$reschedule all a, shift => '-1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00 but 09 09:00'),
  ('a deleted one', null, array['pg_temp.delete(''a2'')', $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00 but 09 10:00'),
  ('a deleted one that follows', null, array['pg_temp.delete(''a3'')', $$reschedule following a2, shift => '1 hour'$$],
   '1 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 10:00 but 10 10:00'),

  -- Following
  ('this and the following become a series of their own', null, array[$$reschedule following a2, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00 split, 10 10:00-11:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 10:00'),
  ('with UNTIL, which ends the first', $$tests.recur('a', 'FREQ=DAILY;UNTIL=20300112T000000Z')$$, array[$$reschedule following a3, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 10:00-11:00 split, 11 10:00-11:00 split',
   'FREQ=DAILY;UNTIL=20300109T090000Z from 08 09:00 / FREQ=DAILY;UNTIL=20300112T010000Z from 10 10:00'),
  ('the days of a week turn', $$tests.recur('a', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4')$$, array[$$reschedule following a2, shift => '1 day'$$],
   '3 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 11 09:00-10:00 split, 16 09:00-10:00 split, 18 09:00-10:00 split',
   'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=1 from 08 09:00 / FREQ=WEEKLY;COUNT=3;BYDAY=WE,FR;WKST=TU from 11 09:00'),
  ('a month''s weekdays that no rule can say', $$tests.recur('a', 'FREQ=MONTHLY;BYDAY=-1TU;COUNT=3')$$, array[$$reschedule following a2, shift => '1 day'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '29 09:00-10:00, 27 09:00-10:00 split, 27 09:00-10:00 split', 'FREQ=MONTHLY;BYDAY=-1TU;COUNT=1 from 08 09:00 / none from 27 09:00 and 27 09:00, 27 09:00'),
  ('rdates part, too', $$tests.recur('a', null, rdates => '{2030-01-08 09:00, 2030-01-10 15:00, 2030-01-12 09:00}')$$, array[$$reschedule following a2, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 10 16:00-17:00 split, 12 10:00-11:00 split', 'none from 08 09:00 and 08 09:00 / none from 08 10:00 and 10 16:00, 12 10:00'),
  ('elsewhere', null, array[$$reschedule following a2, resource_id => tests.id('desks')$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 desks split, 10 09:00-10:00 desks split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 09:00'),
  ('local_start is that of the first of them', null, array[$$reschedule following a2, local_start => '2030-01-09 15:00', local_end => '17:00'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 15:00-17:00 split, 10 15:00-17:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 15:00'),
  ('from the first on it is the same series', null, array[$$reschedule following a1, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('also if what was before it is cancelled', null, array['cancel this a1', $$reschedule following a2, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 09:00-10:00 cancelled, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=2 from 09 10:00'),
  ('one that follows and was moved comes along, where it is', null, array[$$reschedule this a3, shift => '2 hours'$$, $$reschedule following a2, shift => '1 hour'$$],
   '1 reservation.rescheduled, 1 reservation.updated, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00 split, 10 11:00-12:00 (10 09:00) split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 10:00 and 10 09:00 but 10 10:00'),
  ('from one that was moved past the next: by the rule it is before', null, array[$$reschedule this a2, shift => '5 days'$$, $$reschedule following a2, shift => '1 hour'$$],
   '1 reservation.rescheduled, 1 reservation.updated, 1 series.created, 1 series.updated', '08 09:00-10:00, 14 09:00-10:00 (09 09:00) split, 10 10:00-11:00 split', null),
  ('and again', null, array[$$reschedule following a2, shift => '1 hour'$$, $$reschedule following a3, shift => '1 hour'$$],
   '1 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00 split, 10 11:00-12:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=1 from 10 11:00'),
  ('the first series is on its own then', null, array[$$reschedule following a2, shift => '1 hour'$$, $$reschedule all a, shift => '2 hours'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 11:00-12:00, 09 10:00-11:00 split, 10 10:00-11:00 split', 'FREQ=DAILY;COUNT=1 from 08 11:00 / FREQ=DAILY;COUNT=2 from 09 10:00'),

  -- What has begun stays.
  ('what has begun stays', null, array[$$tests.clock('09:00', 1)$$, $$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=2 from 09 10:00 and 08 09:00'),
  ('what is to begin does not', null, array[$$tests.clock('08:59:59.999999', 1)$$, $$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 10:00-11:00, 10 10:00-11:00', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('more is past than to come', $$tests.recur('a', 'FREQ=DAILY;COUNT=4')$$, array[$$tests.clock('12:00', 3)$$, $$reschedule all a, shift => '1 hour'$$],
   '1 reservation.rescheduled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00, 11 10:00-11:00', 'none from 11 10:00 and 08 09:00, 09 09:00, 10 09:00, 11 10:00'),
  ('following parts from what is past', null, array[$$tests.clock('12:00', 1)$$, $$reschedule following a1, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 10:00-11:00 split, 10 10:00-11:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 10:00'),
  ('one that was moved to be past stays', null, array[$$reschedule this a3, local_start => '2030-01-08 07:00'$$, $$tests.clock('08:00', 1)$$, $$reschedule all a, shift => '1 hour', include_moved => true$$],
   '2 reservation.rescheduled, 1 series.updated', '08 10:00-11:00, 09 10:00-11:00, 08 07:00-08:00 (10 09:00)', null),

  -- Statuses
  ('holds', pg_temp.three($$, status => 'held'$$), array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00 held, 09 10:00-11:00 held, 10 10:00-11:00 held', 'FREQ=DAILY;COUNT=3 from 08 10:00'),
  ('what waits for approval', pg_temp.three($$, 'stage', status => 'pending'$$), array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '08 10:00-11:00 pending, 09 10:00-11:00 pending, 10 10:00-11:00 pending', 'FREQ=DAILY;COUNT=3 from 08 10:00'),

  -- Berlin puts its clocks forward on 31 March at 02:00, and back on 27 October at 03:00.
  ('an hour by the clock on the wall', $$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'studio', '2030-03-30 09:00')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '30 10:00-11:00, 31 10:00-11:00', 'FREQ=DAILY;COUNT=2 from 30 10:00'),
  ('a day, or 24 hours', $$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'studio', '2030-03-29 09:00')$$, array[$$reschedule all a, shift => '24 hours'$$],
   '2 reservation.rescheduled, 1 series.updated', '30 09:00-10:00, 31 09:00-10:00', 'FREQ=DAILY;COUNT=2 from 30 09:00'),
  ('a night ends by the wall clock', $$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'studio', '2030-03-28 22:00', local_end => '2030-03-29 06:00')$$, array[$$reschedule all a, shift => '1 day 1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '29 23:00-07:00, 30 23:00-07:00', 'FREQ=DAILY;COUNT=2 from 29 23:00'),
  ('or lasts as long', $$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'studio', '2030-03-28 22:00', duration => '8 hours')$$, array[$$reschedule all a, shift => '1 day'$$],
   '2 reservation.rescheduled, 1 series.updated', '29 22:00-06:00, 30 22:00-07:00', 'FREQ=DAILY;COUNT=2 from 29 22:00'),
  ('none is lost to a time that there is not', $$tests.recur('a', 'FREQ=DAILY;COUNT=3', 'studio', '2030-03-30 01:30')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '3 reservation.rescheduled, 1 series.updated', '30 02:30-03:30, 31 03:30-04:30, 01 02:30-03:30', 'FREQ=DAILY;COUNT=3 from 30 02:30 and 31 02:30 but 02 02:30'),
  ('nor twice to one that there is twice', $$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'studio', '2030-10-26 01:30')$$, array[$$reschedule all a, shift => '1 hour'$$],
   '2 reservation.rescheduled, 1 series.updated', '26 02:30-03:30, 27 02:30-02:30', 'FREQ=DAILY;COUNT=2 from 26 02:30')
  ) as s (what, make, steps, told, stands, says);
grant select on stories to public;
create function pg_temp.delete(name text) returns void language sql security definer as $$ delete from booking.reservations where id = tests.id(name) $$;
select is(array[t.told, t.stands, case when s.says is not null then t.says end], array[s.told, s.stands, s.says], format('%s (%s)', what, left(array_to_string(steps, '; '), 150))) from stories s, tests.story(make, steps) t;

-- The answer
select tests.be_dba();
select tests.recur('a', 'FREQ=DAILY;COUNT=3');
select tests.be('member');
create temp table made as select api.reschedule_series(tests.id('a'), 'following', tests.id('a2'), '1 hour', reason => 'late') as answer;
grant select on made to public;
select is(answer, jsonb_build_object('series_id', (tests.split_off('a')).id, 'reservations', (select jsonb_agg(to_jsonb(r) order by starts_at) from api.reservations r where id in (tests.id('a2'), tests.id('a3')))),
  'the answer names the series they are in now, and has those that moved, whole, by their start') from made;
select is(array[e.type, e.actor_id::text, e.reason, e.previous ->> 'starts_at', e.previous ->> 'series_id'], array['reservation.rescheduled', tests.id('member')::text, 'late', to_jsonb(tests.at('09:00', 2)) #>> '{}', tests.id('a')::text], 'its event says who, why, and what was before') from tests.last_event('a2') e;
select is(r.original_starts_at, r.starts_at, 'by its new rule it is where it is') from tests.reservation('a2') r;
select is(array[o.title::text, o.owner_id::text, o.version::text, o.timezone, o.resource_id::text], array['a', tests.id('member')::text, '1', 'UTC', tests.id('room')::text], 'the series split off is as the first was') from tests.split_off('a') o;
select is((tests.series('a')).version, 2, 'which is at another version');
select is(tests.answer($$ select api.reschedule_series(tests.id('a'), shift => '1 hour', expected_version => 2) $$), '{"rows": 1}', 'to be expected');
select is(array[s.duration::text, s.local_end::text], array[null, '2030-01-08 11:00:00'], 'a length by the wall clock takes the place of the one that elapses')
  from (select api.reschedule_series(tests.id('a'), local_end => '11:00')) e, tests.series('a') s;
select is(array[s.duration::text, s.local_end::text], array['00:30:00', null], 'and the other way') from (select api.reschedule_series(tests.id('a'), duration => '30 minutes')) e, tests.series('a') s;
select is((tests.series('a')).resource_id, tests.id('desks'), 'the series moves with all of it') from (select api.reschedule_series(tests.id('a'), resource_id => tests.id('desks'))) e;
select is((tests.split_off('a')).resource_id, tests.id('room'), 'but not what was split off');
select is(tests.edit('manager', $$reschedule following a2, shift => '1 hour'$$), '2 reservation.rescheduled, 1 series.updated', 'a manager moves anybody''s');
select is(tests.edit('manager', $$reschedule all a, local_start => '2030-01-06 07:00', override => true, reason => 'was so'$$), '1 reservation.rescheduled, 1 series.updated', 'and past the rules');

-- Refusals, which name all that cannot be had
select tests.be_dba();
select tests.recur('b', 'FREQ=DAILY;COUNT=5', local_start => '2030-02-04 09:00');
select tests.recur('held', 'FREQ=DAILY;COUNT=2', local_start => '2030-02-04 12:00', status => 'held', expires => '08:30');
select tests.recur('approved', 'FREQ=DAILY;COUNT=2', 'stage');
select tests.recur('hers', 'FREQ=DAILY;COUNT=2', 'desks', owner => 'colleague');
select tests.recur('gone', 'FREQ=DAILY;COUNT=2', 'desks', '2030-02-04 15:00');
select tests.recur('done', 'FREQ=DAILY;COUNT=2', 'desks', '2030-01-05 15:00');
select tests.recur('loose', null, 'desks', rdates => '{2030-03-01 09:00, 2030-03-05 09:00, 2030-03-06 09:00}');
select tests.recur('lone', null, 'room', rdates => '{2030-03-01 09:00, 2030-03-05 09:00, 2030-03-06 09:00}');
update booking.reservations set status = 'cancelled' where series_id = tests.id('gone');
update booking.series set cancelled_at = booking.now() where id = tests.id('gone');
insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, owner_id, title)
select tests.id('acme'), tests.id('room'), at, at + interval '1 hour', tests.id('colleague'), 'secret' from unnest('{2030-02-05 10:30+00, 2030-02-07 10:30+00}'::timestamptz[]) at;
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, reason) values (tests.id('acme'), tests.id('works'), tests.id('room'), '2030-02-06 11:00+00', '2030-02-06 12:00+00', 'works');
create temp table before as select tests.digest();
grant select on before to public;

select tests.be('member');
create temp table refused as select tests.answer($$ select api.reschedule_series(tests.id('b'), shift => '90 minutes') $$) as a;
select is(array[a ->> 'code', a ->> 'message'], '{PT409,slot_taken}', 'one that cannot be had is enough: the first says why') from refused;
select is(array(select format('%s %s', left(r ->> 'starts_at', 16), r ->> 'code') from jsonb_array_elements(a #> '{details,rejected}') r), '{2030-02-05T10:30 slot_taken,2030-02-06T10:30 blackout,2030-02-07T10:30 slot_taken}', 'details.rejected names every one, where it was to be') from refused;
select is(array(select left(c ->> 'starts_at', 16) from jsonb_array_elements(a #> '{details,conflicts}') c), '{2030-02-05T10:30,2030-02-07T10:30}', 'details.conflicts has all that is in the way') from refused;
select is(position('secret' in a::text), 0, 'but not whose') from refused;
select matches(a ->> 'hint', '^3 of 5 occurrences .* 2030-02-05', 'the hint says how many and when the first') from refused;
select is(array(select left(r ->> 'starts_at', 10) from jsonb_array_elements(tests.details($$ select api.reschedule_series(tests.id('b'), 'following', tests.id('b3'), '90 minutes') $$) -> 'rejected') r), '{2030-02-06,2030-02-07}', 'of those that were to move');
select is(array(select r ->> 'code' from jsonb_array_elements(tests.details($$ select api.reschedule_series(tests.id('b'), resource_id => tests.id('closed')) $$) -> 'rejected') r), array_fill('resource_inactive'::text, array[5]), 'also what the rules refuse');
-- In each other's way: the fifth and the sixth of March, not the first.
select is(tests.answer($$ select api.reschedule_series(tests.id('loose'), duration => '30 hours') $$), '{"rows": 1}', 'they may overlap where there are units');
select is(tests.answer($$ select api.reschedule_series(tests.id('lone'), duration => '30 hours') $$) ->> 'message', 'slot_taken', 'not elsewhere');
select is_empty($$ select r ->> 'starts_at' from jsonb_array_elements(tests.details($q$ select api.reschedule_series(tests.id('lone'), duration => '30 hours') $q$) -> 'rejected') r where r ->> 'starts_at' like '2030-03-01%' $$,
  'which is told of those that are in each other''s way, and of no other');

create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('colleague', $$tests.id('b'), shift => '1 hour'$$, 'PT404', 'not_found'), ('stranger', $$tests.id('b'), shift => '1 hour'$$, 'PT404', 'not_found'), ('member', $$tests.id('none'), shift => '1 hour'$$, 'PT404', 'not_found'),
  ('member', $$null, shift => '1 hour'$$, 'PT404', 'not_found'), ('approver', $$tests.id('b'), shift => '1 hour'$$, 'PT403', 'forbidden'), ('approver', $$tests.id('b'), 'this', tests.id('b1'), '1 hour'$$, 'PT403', 'forbidden'),
  -- Which
  ('member', $$tests.id('b'), 'some', shift => '1 hour'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), null, shift => '1 hour'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), 'this', shift => '1 hour'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'following', shift => '1 hour'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), 'this', tests.id('none'), '1 hour'$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), 'this', tests.id('lone1'), '1 hour'$$, 'PT404', 'not_found'),
  ('member', $$tests.id('b'), 'following', tests.id('hers1'), '1 hour'$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), 'all', tests.id('hers1'), '1 hour'$$, 'PT404', 'not_found'),
  -- Where to
  ('member', $$tests.id('b')$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), shift => '1 hour', local_start => '2030-02-04 10:00'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), shift => '11 years'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), shift => '-10 years -1 day'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), local_start => 'infinity'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), local_start => '2050-02-04 10:00'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), duration => '0'$$, 'PT400', 'invalid_time_range'), ('member', $$tests.id('b'), duration => '-1 hour'$$, 'PT400', 'invalid_time_range'), ('member', $$tests.id('b'), duration => '11 years'$$, 'PT400', 'invalid_time_range'),
  ('member', $$tests.id('b'), duration => '1 hour', local_end => '10:00'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), local_end => '2030-02-04 08:00'$$, 'PT400', 'invalid_time_range'), ('member', $$tests.id('b'), local_end => '10:00Z'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), resource_id => tests.id('nowhere')$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), resource_id => tests.id('theirs')$$, 'PT404', 'not_found'),
  ('member', $$tests.id('b'), 'following', tests.id('b2'), resource_id => tests.id('theirs')$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), 'this', tests.id('b2'), resource_id => tests.id('theirs')$$, 'PT404', 'not_found'),
  ('member', $$tests.id('b'), resource_id => tests.id('closed')$$, 'PT422', 'resource_inactive'),
  ('member', $$tests.id('b'), shift => '90 minutes'$$, 'PT409', 'slot_taken'), ('member', $$tests.id('b'), 'this', tests.id('b2'), '90 minutes'$$, 'PT409', 'slot_taken'), ('member', $$tests.id('b'), 'this', tests.id('b3'), '120 minutes'$$, 'PT409', 'blackout'),
  ('member', $$tests.id('b'), 'this', tests.id('b2'), '1 day'$$, 'PT409', 'slot_taken'), ('member', $$tests.id('b'), duration => '30 hours'$$, 'PT409', 'slot_taken'), ('member', $$tests.id('b'), shift => '-40 days'$$, 'PT422', 'too_soon'),
  -- When it is too late
  ('member', $$tests.id('b'), shift => '1 hour', expected_version => 2$$, 'PT409', 'version_conflict'), ('member', $$tests.id('gone'), shift => '1 hour'$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('gone'), 'this', tests.id('gone1'), '1 hour'$$, 'PT409', 'invalid_transition'),
  ('member', $$tests.id('done'), shift => '1 hour'$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('done'), 'following', tests.id('done2'), '1 hour'$$, 'PT409', 'invalid_transition'),
  -- What somebody approved is not moved past them.
  ('member', $$tests.id('approved'), shift => '1 hour'$$, 'PT403', 'forbidden'), ('member', $$tests.id('b'), resource_id => tests.id('stage')$$, 'PT403', 'forbidden'),
  ('member', $$tests.id('b'), shift => '1 hour', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), shift => '1 hour', override => true, reason => 'why'$$, 'PT403', 'forbidden'), ('manager', $$tests.id('b'), shift => '1 hour', override => true$$, 'PT400', 'invalid_argument'),
  ('manager', $$tests.id('b'), shift => '90 minutes', override => true, reason => 'VIP'$$, 'PT409', 'slot_taken');
grant select on refusals to public;
select throws_ok(format('select tests.be(%L), api.reschedule_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90))) from refusals;
select tests.be('member');
select is(tests.digest(), digest, 'nothing of that changed anything: no reservation, no series, no event') from before;
-- Another's reservation is as none, whatever is asked of it.
select is(replace(tests.answer(format('select api.reschedule_series(tests.id(''b''), ''following'', %L, local_start => %L)', tests.id('hers1'), at))::text, tests.id('hers1')::text, 'id'),
          replace(tests.answer(format('select api.reschedule_series(tests.id(''b''), ''following'', %L, local_start => %L)', tests.id('none'), at))::text, tests.id('none')::text, 'id'), 'another''s occurrence and none are the same, at ' || at)
  from unnest('{2030-02-04 10:00, 2039-12-01 10:00}'::text[]) at;
select is(tests.answer($$ select api.reschedule_series(tests.id('approved'), shift => '1 hour') from tests.be('manager') $$), '{"rows": 1}', 'managers move what was approved');
select tests.be('member');
select tests.clock('08:30');
select throws_ok($$ select api.reschedule_series(tests.id('held'), shift => '1 hour') $$, 'PT409', 'invalid_transition', 'of what has expired nothing is to come');
select throws_ok($$ select api.reschedule_series(tests.id('held'), 'this', tests.id('held1'), '1 hour') $$, 'PT409', 'hold_expired', 'one alone has expired');
select tests.clock('08:00');

-- Once, however often it is sent
create function pg_temp.send(key text) returns void language sql
as $$ select set_config('request.headers', jsonb_build_object('idempotency-key', key)::text, true), set_config('response.headers', '', true) $$;
select pg_temp.send('k');
create temp table first as select api.reschedule_series(tests.id('b'), shift => '-1 hour') as answer;
select is(api.reschedule_series(tests.id('b'), shift => '-1 hour'), answer, 'the same key again: the same answer') from first;
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is((tests.reservation('b1')).starts_at, '2030-02-04 08:00+00', 'and no second effect');
select throws_ok($$ select api.reschedule_series(tests.id('b'), shift => '-2 hours') $$, 'PT422', 'idempotency_key_reused', 'it is for that move');
select set_config('request.headers', '', true);

select tests.be_nobody();
select throws_ok($$ select api.reschedule_series(tests.id('b'), shift => '-1 hour') $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
