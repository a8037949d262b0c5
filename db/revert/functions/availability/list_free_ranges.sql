begin;

drop function booking.list_free_ranges(tstzmultirange, interval, text, interval, timestamptz);

commit;
