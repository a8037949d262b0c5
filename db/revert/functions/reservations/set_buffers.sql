begin;

drop trigger _200_set_buffers on booking.reservations;
drop function booking.set_buffers();

commit;
