begin;

select 'booking.repack_units(booking.resources, tstzrange, integer, integer, uuid[])'::regprocedure;

rollback;
