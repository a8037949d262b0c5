begin;

select 'booking.open_resource(uuid, uuid, timestamptz, timestamptz, integer, boolean)'::regprocedure;

rollback;
