begin;

drop function booking.read_local_end(timestamp, text);

commit;
