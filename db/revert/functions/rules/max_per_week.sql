begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_per_week';
drop function booking.check_max_per_week(booking.assessment);
drop function booking.narrow_max_per_week(booking.narrowing);

commit;
