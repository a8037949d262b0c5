begin;

drop function booking.assess_move(booking.assessment, boolean);

commit;
