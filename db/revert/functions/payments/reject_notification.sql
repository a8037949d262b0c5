begin;

drop function booking.reject_notification(uuid, uuid, text);

commit;
