begin;

drop table booking.reservation_statuses;

commit;
