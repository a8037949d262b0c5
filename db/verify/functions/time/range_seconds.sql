begin;

select 'booking.range_seconds(tstzmultirange)'::regprocedure;

rollback;
