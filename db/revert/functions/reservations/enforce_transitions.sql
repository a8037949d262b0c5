begin;

drop trigger _100_enforce_transitions on booking.reservations;
drop function booking.enforce_transitions();

commit;
