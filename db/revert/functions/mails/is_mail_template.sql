begin;

drop function booking.is_mail_template(text);

commit;
