begin;

select 'booking.define_statuses(text, booking.reservation_status[])'::regprocedure;

rollback;
