begin;

select 'booking.without_titles(jsonb)'::regprocedure;

rollback;
