begin;

drop function booking.find_bundle(booking.request, uuid);

commit;
