begin;

drop function booking.add_elapsed(timestamptz, interval);

commit;
