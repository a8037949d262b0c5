begin;

drop type booking.module_conflict;
drop type booking.module_row;
drop index booking.reservations_by_source;
drop table booking.modules;

commit;
