begin;

drop function booking.review_reservation(booking.reservations);

commit;
