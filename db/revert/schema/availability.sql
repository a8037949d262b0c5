begin;

drop type booking.stretch;
drop type booking.slot;
drop type booking.available_resource;
drop type booking.search;
drop type booking.candidate;
drop type booking.terms;

commit;
