begin;

drop trigger _100_emit_event on booking.payments;
drop function booking.emit_payment_event();

commit;
