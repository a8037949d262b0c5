begin;

drop function booking.confirm_paid(booking.payment_items, text);

commit;
