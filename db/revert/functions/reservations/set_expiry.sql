begin;

drop trigger _200_set_expiry_on_update on booking.reservations;
drop trigger _200_set_expiry_on_insert on booking.reservations;
drop function booking.set_expiry();

commit;
