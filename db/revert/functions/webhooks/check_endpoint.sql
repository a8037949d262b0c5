begin;

drop function booking.check_endpoint(text, text[], text);

commit;
