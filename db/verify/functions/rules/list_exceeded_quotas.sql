begin;

select 'booking.list_exceeded_quotas(booking.resources, uuid, timestamptz, timestamptz, uuid[])'::regprocedure;

rollback;
