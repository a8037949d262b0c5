begin;

select 'booking.make_secret()'::regprocedure;

rollback;
