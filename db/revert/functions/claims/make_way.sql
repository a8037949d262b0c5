begin;

drop function booking.make_way(booking.reservations, booking.resources);

commit;
