begin;

select 'booking.current_tenant_id()'::regprocedure;

rollback;
