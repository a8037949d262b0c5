begin;

select 'booking.refuse_slot(booking.resources, timestamptz, timestamptz, tstzrange, integer, uuid[])'::regprocedure;

rollback;
