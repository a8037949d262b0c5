begin;

select 'booking.list_free_ranges(tstzmultirange, tstzmultirange, interval, timestamptz)'::regprocedure;

rollback;
