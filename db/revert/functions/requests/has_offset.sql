begin;

drop function booking.has_offset(text);

commit;
