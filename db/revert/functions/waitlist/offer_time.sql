begin;

drop function booking.offer_time(booking.resources);

commit;
