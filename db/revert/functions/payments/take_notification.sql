begin;

drop function booking.take_notification(text);

commit;
