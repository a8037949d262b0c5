begin;

select 'booking.is_usual_day(date, text)'::regprocedure;

rollback;
