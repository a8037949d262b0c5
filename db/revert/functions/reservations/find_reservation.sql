begin;

drop function booking.find_reservation(booking.request, uuid, integer);

commit;
