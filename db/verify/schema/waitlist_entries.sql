begin;

select 'booking.waitlist_entries'::regclass;

rollback;
