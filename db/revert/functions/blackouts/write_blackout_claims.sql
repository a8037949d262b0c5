begin;

drop trigger _500_write_claims_on_delete on booking.blackouts;
drop trigger _500_write_claims_on_update on booking.blackouts;
drop trigger _500_write_claims_on_insert on booking.blackouts;
drop function booking.write_blackout_claims();

commit;
