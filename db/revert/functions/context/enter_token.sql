begin;

drop function booking.enter_token(text);

commit;
