begin;

select 'booking.offer_entry(booking.resources, booking.booking_rules, booking.waitlist_entries, tstzmultirange)'::regprocedure;

rollback;
