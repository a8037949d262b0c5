begin;

select 'booking.calendar_feeds'::regclass;
select 'api.calendar_feeds'::regclass;

rollback;
