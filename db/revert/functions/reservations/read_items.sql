begin;

drop function booking.read_items(jsonb, text, integer, text[]);

commit;
