begin;

select 'booking.list_use(uuid, uuid[], timestamptz, timestamptz)'::regprocedure;

rollback;
