begin;

drop function booking.refuse_rrule(text, text, text);

commit;
