begin;

drop function booking.taken_range(timestamptz, timestamptz, interval, interval);

commit;
