begin;

select 'booking.settle_payment(uuid, uuid, text, uuid, text, text, numeric, text)'::regprocedure;

rollback;
