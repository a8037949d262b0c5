begin;

drop trigger _600_offer_freed_on_delete on booking.blackouts;
drop trigger _600_offer_freed_on_update on booking.blackouts;
drop trigger _600_offer_freed_on_delete on booking.reservations;
drop trigger _600_offer_freed_on_update on booking.reservations;
drop function booking.offer_freed();

commit;
