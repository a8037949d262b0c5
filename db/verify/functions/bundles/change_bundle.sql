begin;

select 'booking.change_bundle(text, uuid, text, boolean)'::regprocedure;

rollback;
