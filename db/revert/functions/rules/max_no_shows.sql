begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_no_shows';
drop function booking.check_max_no_shows(booking.assessment);
drop function booking.narrow_max_no_shows(booking.narrowing);

commit;
