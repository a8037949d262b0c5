begin;

drop function booking.transition_reservation(text, uuid, integer, text, boolean, interval);

commit;
