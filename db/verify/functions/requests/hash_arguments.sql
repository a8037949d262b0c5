begin;

select 'booking.hash_arguments(record)'::regprocedure;

rollback;
