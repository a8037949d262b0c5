begin;

select 'booking.allowed_starts(booking.narrowing, tstzrange)'::regprocedure;

rollback;
