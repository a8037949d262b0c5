begin;

select 'booking.refuse_occurrences(jsonb, integer, text)'::regprocedure;

rollback;
