begin;

drop function booking.offer_in_turn(booking.resources, integer);

commit;
