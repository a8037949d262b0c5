begin;

drop function booking.first_payment_status(booking.resources, numeric, boolean);

commit;
