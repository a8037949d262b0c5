begin;

drop function booking.is_time_range(timestamptz, timestamptz);

commit;
