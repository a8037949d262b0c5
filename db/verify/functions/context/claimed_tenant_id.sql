begin;

select 'booking.claimed_tenant_id(jsonb)'::regprocedure;

rollback;
