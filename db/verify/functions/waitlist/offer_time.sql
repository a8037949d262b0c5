begin;

select 'booking.offer_time(booking.resources, tstzmultirange)'::regprocedure;

rollback;
