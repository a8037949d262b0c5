begin;

drop function booking.remember_response(booking.request, anyelement);

commit;
