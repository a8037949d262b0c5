begin;

drop table booking.booking_attempts;

commit;
