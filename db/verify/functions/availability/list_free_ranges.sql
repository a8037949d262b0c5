begin;

select 'booking.list_free_ranges(tstzmultirange, interval, text, interval, timestamptz)'::regprocedure;

rollback;
