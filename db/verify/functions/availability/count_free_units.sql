begin;

select 'booking.count_free_units(uuid, booking.candidate, booking.terms[], integer)'::regprocedure;

rollback;
