begin;

drop function booking.is_on_grid(timestamptz, interval, text);

commit;
