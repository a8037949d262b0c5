begin;

select 'booking.oldest_writer()'::regprocedure;

rollback;
