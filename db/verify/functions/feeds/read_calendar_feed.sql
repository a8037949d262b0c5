begin;

select 'booking.read_calendar_feed(text)'::regprocedure;

rollback;
