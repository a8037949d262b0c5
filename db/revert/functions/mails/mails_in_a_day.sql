begin;

drop function booking.mails_in_a_day(uuid, uuid);

commit;
