-- min_gap: no booking leaves a shorter gap to its neighbours; the check, the write and the search agree.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"min_gap": "30 minutes"}');
select tests.rule('desks', '{"min_gap": "30 minutes"}');
select tests.reserve('a', 'room', '10:00', '11:00', owner => 'colleague');

select is(tests.everywhere('member', 'room', starts, ends) ->> 'message', slug, format('%s to %s: %s', starts, ends, coalesce(slug, 'free')))
  from (values
    (tests.at('11:00'), tests.at('12:00'), null), (tests.at('11:00:00.000001'), tests.at('12:00'), 'leaves_gap'), (tests.at('11:29:59'), tests.at('12:00'), 'leaves_gap'),
    (tests.at('11:30'), tests.at('12:00'), null), (tests.at('09:00'), tests.at('10:00'), null), (tests.at('09:00'), tests.at('09:45'), 'leaves_gap'),
    (tests.at('08:30'), tests.at('09:30'), null), (tests.at('10:30'), tests.at('11:15'), 'slot_taken')
  ) as asked (starts, ends, slug);
select is(tests.everywhere('member', 'room', tests.at('11:10'), tests.at('12:00')) #- '{details,violations}' #- '{hint}',
  jsonb_build_object('code', 'PT422', 'message', 'leaves_gap', 'details', jsonb_build_object('rule', 'min_gap', 'limit', '00:30:00', 'gap', '00:10:00', 'side', 'before',
    'starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00'))), 'what is told');

-- Buffers count as taken, and so do blackouts.
select tests.be_dba();
update booking.booking_rules set buffer_after = '15 minutes' where resource_id = tests.id('room');
select is(tests.everywhere('member', 'room', tests.at('11:10'), tests.at('12:00')) ->> 'message', 'leaves_gap', 'ten minutes after the neighbour, which has no buffer');
select tests.close('works', 'room', '15:00', '16:00');
select is(tests.everywhere('member', 'room', tests.at('14:00'), tests.at('14:45')), null, 'its buffer reaches the blackout');
select is(tests.everywhere('member', 'room', tests.at('13:50'), tests.at('14:35')) ->> 'message', 'leaves_gap', 'ten minutes before it');

-- What moves is no neighbour of itself.
select tests.reserve('own', 'room', '18:00', '19:00');
select tests.be('member');
select is((api.reschedule_reservation(tests.id('own'), tests.at('18:10'), tests.at('19:10'))).starts_at, tests.at('18:10'), 'by ten minutes');
select is(tests.answer(format('select api.reschedule_reservation(%L, %L, %L)', tests.id('own'), tests.at('11:10'), tests.at('12:00'))) ->> 'message', 'leaves_gap', 'not beside another');

-- Of a pool, other units are at hand.
select is(tests.everywhere('member', 'desks', tests.at('11:10'), tests.at('12:00')), null, 'a pool');
select * from finish();
rollback;
