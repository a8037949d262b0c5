begin;

select 'booking.confirm_paid(booking.payment_items, text)'::regprocedure;

rollback;
