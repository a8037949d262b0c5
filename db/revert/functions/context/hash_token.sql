begin;

drop function booking.hash_token(text);

commit;
