begin;

select 'booking.lock_waitlist_entry(booking.request, uuid)'::regprocedure;

rollback;
