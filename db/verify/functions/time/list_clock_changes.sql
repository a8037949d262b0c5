begin;

select 'booking.list_clock_changes(text, tstzrange)'::regprocedure;

rollback;
