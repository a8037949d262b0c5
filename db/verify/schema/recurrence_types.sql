begin;

select 'booking.recurrence_day'::regtype;
select 'booking.recurrence'::regtype;

rollback;
