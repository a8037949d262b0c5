begin;

drop function booking.check_text(text, text, integer);

commit;
