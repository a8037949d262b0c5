begin;

drop function booking.lock_series(booking.request, uuid, integer, uuid[]);

commit;
