begin;

drop trigger _300_owe_refund_on_delete on booking.reservations;
drop trigger _300_owe_refund_on_update on booking.reservations;
drop function booking.owe_refund();

commit;
