begin;

drop function booking.change_status(uuid, uuid[], booking.reservation_status, text, uuid);

commit;
