begin;

drop function booking.verify_email(text);

commit;
