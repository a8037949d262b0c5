begin;

select 'booking.reject_notification(uuid, uuid, text)'::regprocedure;

rollback;
