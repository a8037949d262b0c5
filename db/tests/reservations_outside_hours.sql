-- api.reservations_outside_hours: what a change of hours has left outside, until somebody moves or cancels it.
begin;
select no_plan();
select tests.world();
update booking.resources set timezone = 'America/New_York' where id = tests.id('studio');
select tests.reserve('morning', 'room', '09:00', '10:00'), tests.reserve('evening', 'room', '18:00', '19:00', owner => 'colleague'), tests.reserve('both', 'room', '15:00', '17:00'), tests.reserve('asked', 'stage', '18:00', '19:00', 'pending'),
       tests.reserve('maybe', 'room', '18:00', '19:00', 'tentative'), tests.reserve('held', 'desks', '18:00', '19:00', 'held'), tests.reserve('gone', 'desks', '18:00', '19:00'), tests.reserve('over', 'desks', '05:00', '06:00'),
       tests.reserve('there', 'studio', '14:00', '15:00'), tests.book('night', 'room', tests.at('22:00', 1), tests.at('01:00', 2)), tests.reserve('theirs too', 'theirs', '18:00', '19:00', owner => 'stranger');
update booking.reservations set status = 'cancelled' where id = tests.id('gone');

create function pg_temp.outside(who text) returns text language plpgsql as $$
begin
  perform tests.be(who);
  return (select string_agg(title, ', ' order by starts_at, title) from api.reservations_outside_hours);
end $$;

select is(pg_temp.outside('manager'), null, 'where it is always open, none');
create temp table before as select tests.digest();
select tests.be('manager');
insert into api.opening_hours (weekday, opens, closes) values (1, '09:00', '16:00'), (2, '20:00', '02:00');
select is(pg_temp.outside('manager'), 'both, asked, evening, held, maybe', 'each that lies outside, or only in part inside; what is over or given up does not');
select tests.be_dba();
select is((select string_agg(l, e'\n') from regexp_split_to_table(tests.digest(), e'\n') l where l !~ 'opening_hours|resolved_rules'), (select string_agg(l, e'\n') from before, regexp_split_to_table(digest, e'\n') l where l !~ 'opening_hours|resolved_rules'), 'they stay, and nothing else has changed');
select is(pg_temp.outside(who), sees, format('%s sees %s', who, coalesce(sees, 'none')))
  from (values ('member', 'both, asked, held, maybe'), ('colleague', 'evening'), ('approver', 'both, asked, evening, held, maybe'), ('admin', 'both, asked, evening, held, maybe'), ('stranger', null)) as seers (who, sees);
select tests.be('manager');
select is(to_jsonb(o), jsonb_build_object('tenant_id', tests.id('acme'), 'reservation_id', tests.id('evening'), 'resource_id', tests.id('room'), 'resource_name', 'room', 'status', 'confirmed', 'starts_at', tests.at('18:00'), 'ends_at', tests.at('19:00'),
  'title', 'evening', 'owner_id', tests.id('colleague')), 'what it is, and whose') from api.reservations_outside_hours o where title = 'evening';
select tests.be_nobody();
select throws_ok('select * from api.reservations_outside_hours', '42501', null, 'nobody sees none');

-- By the hours of the resource, on its own clock; an exception counts, too.
select tests.be('manager');
update api.opening_hours set closes = '14:00' where weekday = 1;
select is(pg_temp.outside('manager'), 'both, asked, evening, held, maybe', 'at 14:00 UTC it is 09:00 in New York');
update api.opening_hours set opens = '09:30' where weekday = 1;
select is(pg_temp.outside('manager'), 'morning, there, both, asked, evening, held, maybe', 'half an hour counts');
select tests.be('manager');
insert into api.opening_hours (resource_id, weekday, opens, closes) values (tests.id('room'), 1, '00:00', '24:00'), (tests.id('room'), 2, '00:00', '24:00');
select is(pg_temp.outside('manager'), 'there, asked, held, night', 'with hours of its own, none of the room''s but the night, which goes on into Wednesday');
select tests.be('manager');
insert into api.opening_exceptions (resource_id, date, is_closed) values (tests.id('room'), '2030-01-07', true);
select is(pg_temp.outside('manager'), 'morning, there, both, asked, evening, held, maybe, night', 'closed on that day');

-- Until it is over, moved, cancelled, or open again
select tests.clock('19:00');
select is(pg_temp.outside('manager'), 'night', 'what is over is told no more');
select tests.clock('08:00');
select tests.be('manager');
delete from api.opening_exceptions;
select is((api.cancel_reservation(tests.id('asked'))).status::text, 'cancelled', 'one is cancelled');
select is((api.reschedule_reservation(tests.id('there'), tests.at('15:00'), tests.at('16:00'))).status::text, 'confirmed', 'one is moved to where it is open');
update api.opening_hours set closes = '20:00' where weekday = 1 and resource_id is null;
select is(pg_temp.outside('manager'), 'night', 'and for one it is open again');
-- What a manager overrides is told as well.
select tests.be('manager');
select lives_ok($$ select api.create_reservation(tests.id('desks'), tests.at('12:00', 3), tests.at('13:00', 3), title => 'party', override => true, reason => 'x') $$, 'a manager overrides');
select is(pg_temp.outside('manager'), 'night, party', 'and is reminded');
select tests.be('manager');
delete from api.opening_hours;
select is(pg_temp.outside('manager'), null, 'no rows, none outside');
select tests.be('admin');
select throws_ok('delete from api.reservations_outside_hours', '42501', null, 'nobody writes it');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
