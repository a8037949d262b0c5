begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_per_month';
drop function booking.check_max_per_month(booking.assessment);
drop function booking.narrow_max_per_month(booking.narrowing);

commit;
