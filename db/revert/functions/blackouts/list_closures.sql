begin;

drop function booking.list_closures(timestamptz, timestamptz, text, text);

commit;
