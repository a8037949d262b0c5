begin;

drop function booking.expire_holds(booking.resources);

commit;
