begin;

select 'booking.apply_operation(jsonb)'::regprocedure;

rollback;
