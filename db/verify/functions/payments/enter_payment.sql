begin;

select 'booking.enter_payment(uuid)'::regprocedure;

rollback;
