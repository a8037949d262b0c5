begin;

select 'booking.still_free(booking.resources, tstzmultirange)'::regprocedure;

rollback;
