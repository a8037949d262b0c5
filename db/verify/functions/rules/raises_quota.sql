begin;

select 'booking.raises_quota(booking.assessment, text, timestamptz, timestamptz)'::regprocedure;

rollback;
