begin;

select 'booking.owe_refund()'::regprocedure;

rollback;
