begin;

select 'booking.check_count(booking.resources, booking.booking_rules, text, uuid)'::regprocedure;

rollback;
