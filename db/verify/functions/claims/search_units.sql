begin;

select 'booking.search_units(booking.resources, tstzrange, integer, integer, uuid[])'::regprocedure;

rollback;
