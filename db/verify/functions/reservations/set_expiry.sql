begin;

select 'booking.set_expiry()'::regprocedure;

rollback;
