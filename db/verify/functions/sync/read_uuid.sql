begin;

select 'booking.read_uuid(text)'::regprocedure;

rollback;
