begin;

drop function booking.finish_mail(uuid, uuid, integer, text, interval);

commit;
