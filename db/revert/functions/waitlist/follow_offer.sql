begin;

drop trigger _200_follow_offer_on_delete on booking.reservations;
drop trigger _200_follow_offer_on_update on booking.reservations;
drop function booking.follow_offer();

commit;
