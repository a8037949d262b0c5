begin;

drop function booking.enqueue_mails(integer);

commit;
