begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_per_day';
drop function booking.check_max_per_day(booking.assessment);
drop function booking.narrow_max_per_day(booking.narrowing);

commit;
