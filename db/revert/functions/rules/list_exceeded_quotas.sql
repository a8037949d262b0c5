begin;

drop function booking.list_exceeded_quotas(booking.resources, uuid, timestamptz, timestamptz, uuid[]);

commit;
