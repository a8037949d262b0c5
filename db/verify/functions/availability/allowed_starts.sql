begin;

select 'booking.allowed_starts(booking.resources, booking.booking_rules, booking.members, integer, interval, tstzrange, uuid[])'::regprocedure;

rollback;
