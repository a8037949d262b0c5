begin;

select 'booking.list_overlaps(booking.resources, uuid[])'::regprocedure;

rollback;
