begin;

drop function booking.make_transition(booking.request, text, uuid, integer, boolean, interval);

commit;
