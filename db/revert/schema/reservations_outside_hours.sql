begin;

drop view api.reservations_outside_hours;

commit;
