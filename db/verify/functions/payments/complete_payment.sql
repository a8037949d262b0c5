begin;

select 'booking.complete_payment()'::regprocedure;

rollback;
