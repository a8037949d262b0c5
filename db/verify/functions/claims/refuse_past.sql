begin;

select 'booking.refuse_past(booking.resources, timestamptz)'::regprocedure;

rollback;
