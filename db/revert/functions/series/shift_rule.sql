begin;

drop function booking.shift_rule(booking.series, interval);

commit;
