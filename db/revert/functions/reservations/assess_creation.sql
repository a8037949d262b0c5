begin;

drop function booking.assess_creation(booking.assessment, boolean, interval);

commit;
