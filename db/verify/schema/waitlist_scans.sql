begin;

select 'booking.waitlist_scans'::regclass;

rollback;
