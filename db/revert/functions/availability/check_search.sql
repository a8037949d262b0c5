begin;

drop function booking.check_search(timestamptz, timestamptz, interval, text, text[], uuid[], integer, integer);

commit;
