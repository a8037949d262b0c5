begin;

select 'booking.refuse_violations(jsonb)'::regprocedure;

rollback;
