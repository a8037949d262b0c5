begin;

select 'booking.find_suspension(uuid, uuid, booking.booking_rules, text)'::regprocedure;

rollback;
