begin;

select 'booking.refuse_slot(booking.resources, timestamptz, timestamptz, uuid[])'::regprocedure;

rollback;
