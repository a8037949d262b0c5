begin;

select 'booking.prune_claims(integer)'::regprocedure;

rollback;
