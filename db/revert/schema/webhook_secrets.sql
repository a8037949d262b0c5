begin;

drop table booking.webhook_secrets;

commit;
