begin;

select 'booking.list_reservations_as_of(booking.resources, tstzrange, timestamptz)'::regprocedure;

rollback;
