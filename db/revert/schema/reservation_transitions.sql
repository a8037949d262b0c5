begin;

drop view api.reservation_transitions;
drop table booking.reservation_transitions;

commit;
