begin;

drop function booking.narrow_starts(booking.narrowing);
drop function booking.check_quotas(booking.assessment);
drop function booking.check_rules(booking.assessment);
drop function booking.meets_rules(booking.assessment);
drop function booking.compile_rules();

commit;
