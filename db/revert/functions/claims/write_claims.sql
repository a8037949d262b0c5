begin;

drop trigger _500_write_claims_on_delete on booking.reservations;
drop trigger _500_write_claims_on_update on booking.reservations;
drop function booking.write_claims();

commit;
