begin;

drop function booking.check_cutoff(booking.request, booking.reservations, booking.resources, boolean);

commit;
