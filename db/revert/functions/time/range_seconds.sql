begin;

drop function booking.range_seconds(tstzmultirange);

commit;
