begin;

select 'booking.change_waitlist_entry(text, uuid, text)'::regprocedure;

rollback;
