begin;

drop function booking.verify_invariants();

commit;
