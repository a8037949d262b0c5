begin;

drop function booking.offer_next(booking.resources);

commit;
