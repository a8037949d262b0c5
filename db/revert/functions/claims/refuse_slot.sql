begin;

drop function booking.refuse_slot(booking.resources, booking.reservations, uuid[]);

commit;
