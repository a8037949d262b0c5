begin;

drop function booking.read_rrule_numbers(text, text, integer, integer);

commit;
