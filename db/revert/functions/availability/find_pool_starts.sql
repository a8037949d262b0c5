begin;

drop function booking.find_pool_starts(
  booking.resources, interval, interval, boolean, tstzmultirange, integer, interval, uuid[]
);

commit;
