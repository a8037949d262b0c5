begin;

select 'booking.show_series(uuid, uuid, uuid[])'::regprocedure;

rollback;
