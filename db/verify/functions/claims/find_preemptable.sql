begin;

select 'booking.find_preemptable(booking.resources, tstzrange, integer, integer, integer, uuid)'::regprocedure;

rollback;
