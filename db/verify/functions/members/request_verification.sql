begin;

select 'booking.request_verification(booking.members, boolean)'::regprocedure;

rollback;
