begin;

select 'booking.cut_rule(booking.series, timestamptz, text)'::regprocedure;

rollback;
