begin;

drop function booking.lock_bundle(booking.request, uuid);

commit;
