begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'min_duration';
drop function booking.check_min_duration(booking.assessment);
drop function booking.narrow_min_duration(booking.narrowing);

commit;
