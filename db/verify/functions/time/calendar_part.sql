begin;

select 'booking.calendar_part(interval)'::regprocedure;

rollback;
