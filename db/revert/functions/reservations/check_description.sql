begin;

drop function booking.check_description(text, text, jsonb, text, text);

commit;
