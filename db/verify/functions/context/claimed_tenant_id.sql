begin;

select 'booking.claimed_tenant_id()'::regprocedure;

rollback;
