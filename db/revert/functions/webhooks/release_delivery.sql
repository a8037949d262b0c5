begin;

drop function booking.release_delivery(uuid, uuid, text);

commit;
