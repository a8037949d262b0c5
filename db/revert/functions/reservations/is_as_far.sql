begin;

drop function booking.is_as_far(text, booking.reservation_status);

commit;
