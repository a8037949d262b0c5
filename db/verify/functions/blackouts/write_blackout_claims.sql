begin;

select 'booking.write_blackout_claims()'::regprocedure;

rollback;
