begin;

select 'booking.waitlist_position(booking.waitlist_entries)'::regprocedure;

rollback;
