begin;

select 'booking.has_quotas(uuid)'::regprocedure;

rollback;
