begin;

drop function booking.remember_response(booking.request, jsonb);

commit;
