begin;

select 'booking.list_remaining(booking.series, uuid[])'::regprocedure;

rollback;
