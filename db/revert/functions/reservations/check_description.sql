begin;

drop function booking.check_description(text, text, jsonb);

commit;
