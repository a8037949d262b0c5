begin;

select 'booking.store_notification(text, uuid, uuid, inet, bytea)'::regprocedure;

rollback;
