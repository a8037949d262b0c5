begin;

select 'booking.take_notification(text)'::regprocedure;

rollback;
