begin;

drop function booking.list_bounds(timestamptz, timestamptz, text, text);

commit;
