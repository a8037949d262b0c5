begin;

select 'booking.refuse_hold(booking.resources, timestamptz, timestamptz)'::regprocedure;

rollback;
