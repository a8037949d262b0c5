begin;

drop function booking.define_statuses(text, booking.reservation_status[]);

commit;
