-- Each event once for each consumer, in order; nothing that another transaction may still come before.
begin;
select no_plan();

select tests.world();
select tests.be_dba();
insert into booking.event_consumers (name, position) values ('early', 0), ('late', default);
select tests.reserve('a', 'room', '09:00', '10:00');

select is_empty($$select * from booking.take_events('late') where reservation_id = tests.id('a')$$,
  'what this transaction does is not there yet: another may still come before it');
select throws_ok($$select * from booking.take_events('nobody')$$, '42704', 'there is no event consumer ''nobody''', 'who is not registered is told');

select tests.be('admin');
select throws_ok($$select * from booking.take_events('early')$$, '42501', null, 'no member takes events');
select throws_ok($$select * from booking.event_consumers$$, '42501', null, 'or sees who does');

select * from finish();
rollback;
