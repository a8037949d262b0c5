begin;

select 'booking.read_items(jsonb, text, text[])'::regprocedure;

rollback;
