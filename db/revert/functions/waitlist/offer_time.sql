begin;

drop function booking.offer_time(booking.resources, tstzmultirange);

commit;
