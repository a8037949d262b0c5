begin;

drop function booking.refuse_blackout(booking.resources, booking.reservations, uuid[], tstzrange);

commit;
