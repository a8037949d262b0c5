begin;

drop function booking.next_on_grid(timestamptz, interval, text);

commit;
