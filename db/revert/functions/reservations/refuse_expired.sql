begin;

drop function booking.refuse_expired(booking.reservations);

commit;
