begin;

select 'booking.shift_rule(booking.series, interval)'::regprocedure;

rollback;
