begin;

drop function booking.set_rrule_part(text, text, text);

commit;
