begin;

drop function booking.assess(booking.assessment, text, boolean, interval);

commit;
