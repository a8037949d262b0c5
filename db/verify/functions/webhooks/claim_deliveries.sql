begin;

select 'booking.claim_deliveries(integer, integer)'::regprocedure;

rollback;
