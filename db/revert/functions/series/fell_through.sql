begin;

drop function booking.fell_through(booking.reservation_status);

commit;
