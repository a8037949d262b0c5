begin;

drop function booking.read_items(jsonb, text, text[]);

commit;
