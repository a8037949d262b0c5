begin;

drop function booking.assess_transition(booking.assessment, text, boolean, interval);

commit;
