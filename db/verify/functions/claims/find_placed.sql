begin;

select 'booking.find_placed(booking.resources, tstzrange, uuid[])'::regprocedure;

rollback;
