begin;

drop function booking.lock_resources_late(uuid[], uuid[]);

commit;
