begin;

drop function booking.resolve_local_time(timestamp, text, text);

commit;
