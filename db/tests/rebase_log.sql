-- The log goes on in another cluster, where transaction ids begin again: all cursors are lower than what is written from then on.
begin;
select no_plan();
select tests.world();
select tests.be_dba();

select ok(booking.log_is_home(), 'the log is where it was begun');
select ok(not booking.rebase_log(), 'so there is nothing to do');
select is(booking.log_position('7'), '7'::xid8, 'and a transaction''s id is its place');

-- As if this had come from a backup: made by another cluster, whose transactions were far ahead.
select tests.reserve('a', 'room', '09:00', '10:00');
set local session_replication_role = replica;
update booking.events set horizon = '9000000000';
set local session_replication_role = origin;
insert into booking.event_consumers (name, horizon, seq) values ('early', '8999999999', 5), ('late', '9000000000', 9223372036854775807);
update booking.log_homes set system_identifier = 1;
select ok(not booking.log_is_home(), 'another cluster''s log is noticed');
select is_empty($$ select * from booking.take_events('early') $$, 'its events would never be seen');

select is_empty($$ select * from booking.follow_events('8999999999', 5, '{}', '{}') $$, 'by nobody');

select ok(booking.rebase_log(), 'it goes on here');
select ok(booking.log_is_home(), 'and belongs here now');
select ok(not booking.rebase_log(), 'once');
select results_eq('select system_identifier = 1 from booking.log_homes order by began_at', array[true, false], 'where it comes from is kept');

select isnt_empty($$ select * from booking.take_events('early') $$, 'who was behind is given what was written elsewhere');
select isnt_empty($$ select * from booking.follow_events('8999999999', 5, '{}', '{}') $$, 'whoever listens, too');
select is_empty($$ select * from booking.take_events('late') $$, 'who had all of it is given nothing again');
select tests.reserve('b', 'room', '10:00', '11:00');
select ok((tests.last_event('b')).horizon > '9000000000', 'what comes now comes after it');
select ok(booking.log_position(pg_current_xact_id())::text::numeric / 1000000 between extract(epoch from now()) - 60 and extract(epoch from clock_timestamp()) + 60,
  'and after whatever a database that is lost by now may have written');

-- A timeline of the same cluster: after a failover, or a recovery to a point in time.
update booking.log_homes set timeline_id = 0;
select ok(not booking.log_is_home(), 'another timeline is another home');
create temp table before as select booking.log_position(pg_current_xact_id()) as place;
select ok(booking.rebase_log() and booking.log_position(pg_current_xact_id()) > (select place from before), 'and positions rise again');

select * from finish();
rollback;
