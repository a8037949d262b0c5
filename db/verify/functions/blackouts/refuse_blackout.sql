begin;

select 'booking.refuse_blackout(booking.resources, tstzrange, tstzrange)'::regprocedure;

rollback;
