begin;

select 'booking.peak_use(booking.resources, tstzrange, uuid[])'::regprocedure;

rollback;
