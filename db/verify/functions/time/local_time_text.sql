begin;

select 'booking.local_time_text(timestamptz, text, timestamptz)'::regprocedure;

rollback;
