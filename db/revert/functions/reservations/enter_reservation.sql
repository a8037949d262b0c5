begin;

drop trigger _500_enter_reservation on booking.reservations;
drop function booking.enter_reservation();

commit;
