begin;

drop trigger _900_emit_event on booking.payments;
drop function booking.emit_payment_event();

commit;
