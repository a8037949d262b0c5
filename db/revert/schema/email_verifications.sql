begin;

drop table booking.email_verifications;

commit;
