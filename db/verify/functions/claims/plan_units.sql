begin;

select 'booking.plan_units(booking.resources, tstzrange, integer, integer, uuid[])'::regprocedure;

rollback;
