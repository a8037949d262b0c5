begin;

select 'booking.choose_unit(booking.resources, tstzrange, timestamptz[], integer, uuid[])'::regprocedure;

rollback;
