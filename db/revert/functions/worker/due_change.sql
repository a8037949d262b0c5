begin;

drop function booking.due_change(booking.reservations, booking.resources);

commit;
