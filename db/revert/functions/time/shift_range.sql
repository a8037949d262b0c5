begin;

drop function booking.shift_range(tstzrange, interval, text);

commit;
