begin;

drop function booking.lock_resources(uuid, uuid[], boolean);

commit;
