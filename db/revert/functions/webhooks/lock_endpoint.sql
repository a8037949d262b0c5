begin;

drop function booking.lock_endpoint(booking.request, uuid);

commit;
