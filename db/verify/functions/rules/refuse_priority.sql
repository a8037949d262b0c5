begin;

select 'booking.refuse_priority(booking.booking_rules, integer)'::regprocedure;

rollback;
