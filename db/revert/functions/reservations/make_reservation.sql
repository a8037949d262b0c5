begin;

drop function booking.make_reservation(booking.assessment, boolean, interval);

commit;
