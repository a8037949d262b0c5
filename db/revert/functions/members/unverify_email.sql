begin;

drop trigger _100_unverify_email on booking.members;
drop function booking.unverify_email();

commit;
