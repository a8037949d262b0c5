begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_advance';
drop function booking.check_max_advance(booking.assessment);
drop function booking.narrow_max_advance(booking.narrowing);

commit;
