begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'min_notice';
drop function booking.check_min_notice(booking.assessment);
drop function booking.narrow_min_notice(booking.narrowing);

commit;
