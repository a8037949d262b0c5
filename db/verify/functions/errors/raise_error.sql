begin;

select 'booking.raise_error(integer, text, text, jsonb)'::regprocedure;

rollback;
