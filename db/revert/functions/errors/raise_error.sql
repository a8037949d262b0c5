begin;

drop function booking.raise_error(integer, text, text, jsonb);

commit;
