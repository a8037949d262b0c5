begin;

drop function booking.check_length(booking.series);

commit;
