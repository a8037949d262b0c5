begin;

select 'booking.has_quotas(uuid, uuid[])'::regprocedure;

rollback;
