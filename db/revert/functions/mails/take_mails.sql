begin;

drop function booking.take_mails(integer, interval);

commit;
