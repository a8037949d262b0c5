begin;

select 'booking.check_offsets(jsonb)'::regprocedure;

rollback;
