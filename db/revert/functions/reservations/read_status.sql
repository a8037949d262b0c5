begin;

drop function booking.read_status(text);

commit;
