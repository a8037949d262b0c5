begin;

select 'booking.price_of(booking.resources, timestamptz, timestamptz, integer)'::regprocedure;

rollback;
