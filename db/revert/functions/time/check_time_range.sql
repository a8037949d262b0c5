begin;

drop function booking.check_time_range(timestamptz, timestamptz, interval);

commit;
