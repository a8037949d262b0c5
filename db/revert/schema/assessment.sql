begin;

drop type booking.assessment;
drop type booking.narrowing;

commit;
