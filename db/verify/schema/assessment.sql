begin;

select 'booking.assessment'::regtype;
select 'booking.narrowing'::regtype;

rollback;
