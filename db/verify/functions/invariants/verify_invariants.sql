begin;

select 'booking.verify_invariants()'::regprocedure;

rollback;
