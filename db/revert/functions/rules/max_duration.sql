begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_duration';
drop function booking.check_max_duration(booking.assessment);
drop function booking.narrow_max_duration(booking.narrowing);

commit;
