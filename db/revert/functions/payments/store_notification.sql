begin;

drop function booking.store_notification(text, uuid, uuid, inet, bytea);

commit;
