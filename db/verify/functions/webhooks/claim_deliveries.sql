begin;

select 'booking.claim_deliveries(integer, integer, uuid[], uuid[])'::regprocedure;

rollback;
