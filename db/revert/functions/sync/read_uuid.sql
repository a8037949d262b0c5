begin;

drop function booking.read_uuid(text);

commit;
