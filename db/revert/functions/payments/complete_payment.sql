begin;

drop trigger _100_complete_payment on booking.payments;
drop function booking.complete_payment();

commit;
