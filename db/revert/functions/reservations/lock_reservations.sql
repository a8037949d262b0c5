begin;

drop function booking.lock_reservations(uuid, uuid[], uuid[]);

commit;
