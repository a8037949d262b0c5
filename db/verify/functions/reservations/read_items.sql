begin;

select 'booking.read_items(jsonb, text, integer, text[])'::regprocedure;

rollback;
