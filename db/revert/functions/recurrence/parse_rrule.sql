begin;

drop function booking.parse_rrule(text);

commit;
