begin;

drop function booking.is_in_effect(booking.request, text, booking.reservations);

commit;
