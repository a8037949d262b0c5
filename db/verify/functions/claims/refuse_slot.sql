begin;

select 'booking.refuse_slot(booking.resources, tstzrange, interval, uuid[])'::regprocedure;

rollback;
