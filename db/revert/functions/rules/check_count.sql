begin;

drop function booking.check_count(booking.assessment, text, uuid);

commit;
