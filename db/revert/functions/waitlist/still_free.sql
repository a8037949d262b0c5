begin;

drop function booking.still_free(booking.resources, tstzmultirange);

commit;
