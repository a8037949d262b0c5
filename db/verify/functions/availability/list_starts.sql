begin;

select 'booking.list_starts(tstzmultirange, interval, text, interval, integer, boolean)'::regprocedure;

rollback;
