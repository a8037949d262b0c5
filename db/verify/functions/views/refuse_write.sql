begin;

select 'booking.refuse_write()'::regprocedure;

rollback;
