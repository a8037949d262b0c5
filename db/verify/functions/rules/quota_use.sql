begin;

select 'booking.quota_use(uuid, uuid, text, text, uuid, timestamptz, timestamptz, uuid[])'::regprocedure;

rollback;
