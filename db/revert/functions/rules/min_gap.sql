begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'min_gap';
drop function booking.check_min_gap(booking.assessment);

commit;
