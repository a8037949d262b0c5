begin;

select 'booking.first_payment_status(booking.resources, numeric, boolean)'::regprocedure;

rollback;
