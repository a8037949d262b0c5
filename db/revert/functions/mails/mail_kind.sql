begin;

drop function booking.mail_kind(booking.events);

commit;
