begin;

drop function booking.check_search(integer, integer, interval, timestamptz, timestamptz);

commit;
