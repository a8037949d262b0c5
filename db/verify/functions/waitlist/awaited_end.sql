begin;

select 'booking.awaited_end(booking.waitlist_entries, timestamptz, text)'::regprocedure;

rollback;
