begin;

drop function booking.list_free_ranges(tstzmultirange, tstzmultirange, interval, timestamptz);

commit;
