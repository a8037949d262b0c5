begin;

select 'booking.add_elapsed(timestamptz, interval)'::regprocedure;

rollback;
