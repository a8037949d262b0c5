-- max_concurrent: how many bookings a person has at the same moment; the check, the write and the search agree.
begin;
select no_plan();
select tests.world();
insert into booking.booking_rules (tenant_id, max_concurrent) values (tests.id('acme'), 2);
select tests.reserve('a', 'room', '10:00', '12:00');
select tests.reserve('b', 'studio', '11:00', '13:00');
select tests.reserve('other', 'hall', '09:00', '20:00', owner => 'colleague');

select is(tests.everywhere('member', 'desks', starts, ends) ->> 'message', slug, format('%s to %s: %s', starts, ends, coalesce(slug, 'free')))
  from (values
    (tests.at('10:00'), tests.at('11:00'), null), (tests.at('12:00'), tests.at('13:00'), null), (tests.at('10:30'), tests.at('11:30'), 'too_many_at_once'),
    (tests.at('11:59'), tests.at('12:30'), 'too_many_at_once'), (tests.at('13:00'), tests.at('14:00'), null), (tests.at('09:00'), tests.at('14:00'), 'too_many_at_once')
  ) as asked (starts, ends, slug);
select is(tests.everywhere('member', 'desks', tests.at('10:30'), tests.at('11:30')) #- '{details,violations}' #- '{hint}',
  jsonb_build_object('code', 'PT422', 'message', 'too_many_at_once', 'details', jsonb_build_object('rule', 'max_concurrent', 'limit', 2,
    'starts_at', tests.at('11:00'), 'ends_at', tests.at('11:30'))), 'what is told');

-- It counts what its row is for.
select tests.be_dba();
update booking.booking_rules set max_concurrent = 1, kind = 'desk' where tenant_id = tests.id('acme') and max_concurrent = 2;
update booking.resources set kind = 'desk' where id = tests.id('desks');
select is(tests.everywhere('member', 'desks', tests.at('10:30'), tests.at('11:30')), null, 'rooms do not count for desks');
select tests.reserve('c', 'desks', '10:00', '11:00');
select is(tests.everywhere('member', 'desks', tests.at('10:30'), tests.at('11:30')) ->> 'message', 'too_many_at_once', 'desks do');
select * from finish();
rollback;
