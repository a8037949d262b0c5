begin;

drop function booking.has_quotas(uuid, uuid[]);

commit;
