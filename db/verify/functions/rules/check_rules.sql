begin;

select 'booking.check_rules(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, boolean, uuid, uuid, uuid[])'::regprocedure;

rollback;
