begin;

drop function booking.tell_secret(booking.request, jsonb);

commit;
