begin;

drop function booking.refuse_transition(booking.reservation_status, text);

commit;
