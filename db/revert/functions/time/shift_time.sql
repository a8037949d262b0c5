begin;

drop function booking.shift_time(timestamptz, interval, text);

commit;
