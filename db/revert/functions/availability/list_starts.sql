begin;

drop function booking.list_starts(tstzmultirange, interval, text, interval, integer, boolean);

commit;
